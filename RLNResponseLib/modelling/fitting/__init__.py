"""Making a score from a table of lymph nodes."""
