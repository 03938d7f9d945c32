"""The feature table of a study: what is to be done, doing it, keeping it."""
