"""Effects of single trials: formulas, conversions of what reports print, scales."""
