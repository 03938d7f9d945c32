"""The analysis of a study as records: no text, no figure."""
