"""The documents' statements against the trials: each part judged by rules that were fixed before, and summed in words."""
