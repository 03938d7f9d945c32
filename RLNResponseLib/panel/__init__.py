"""The module's panel: one file a section. It shows what library calls return, and computes nothing."""
