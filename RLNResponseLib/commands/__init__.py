"""One file a command (or a family of them): its arguments, and the library calls it makes."""
