"""What each page's template receives, by families of pages; everything is in words already, a template only puts it in place."""
