"""Which results of which trials enter which analysis."""
