"""A reader study planned before it starts: how many lymph nodes, patients and readers, and for what."""
