"""Files and folders, written whole and in the same bytes."""
