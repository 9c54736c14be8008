"""What published reviews, pooled by other people, say of the documents' statements; beside our trials, never mixed with them."""
