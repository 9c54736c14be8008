"""The statistics: arrays in, results out; NumPy and scipy.special only."""
