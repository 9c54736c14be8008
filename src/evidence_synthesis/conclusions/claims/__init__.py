"""A document's statement against the pooled results: agrees, partly, disagrees, or cannot be tested; and how firmly."""
