"""Whether a study folder holds what its log says, and mending what a crash left."""
