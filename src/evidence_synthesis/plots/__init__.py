"""Figures, drawn with matplotlib in one house style."""
