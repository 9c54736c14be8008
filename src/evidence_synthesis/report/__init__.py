"""The report: static pages that open from disk, each number with the way back to its trials."""
