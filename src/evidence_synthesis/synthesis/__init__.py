"""The review's tables: effects, pooled results, robustness, other models, networks, the multiverse."""
