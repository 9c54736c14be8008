"""The published tables as typed rows: columns, reading and writing of each in one place."""
