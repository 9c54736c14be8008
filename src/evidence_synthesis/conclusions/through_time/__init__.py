"""What the trials of each time say of the documents' statements, and which of them changed it."""
