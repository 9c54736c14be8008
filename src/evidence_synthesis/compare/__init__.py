"""Tell what changed between two states of the results: rows, analyses, certainty and claims, and because of which rows."""
