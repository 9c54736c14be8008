"""What a review states in its files, typed: trials, treatments, settings, claims; and every check of them."""
