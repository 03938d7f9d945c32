"""The sections of the module, one file each."""
