"""Random-effects evidence synthesis of trials, from extracted results to pooled tables and figures.

The package imports nothing on its own: each workflow job pays only for the modules that it uses.
"""
