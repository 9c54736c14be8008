"""Bring a review in from elsewhere: the Cochrane Library's data rows, RevMan 5 files, and tables of any shape."""
