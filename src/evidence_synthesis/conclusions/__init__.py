"""What the pooled results mean: certainty by GRADE, words, comparison with published reviews, the documents' claims."""
