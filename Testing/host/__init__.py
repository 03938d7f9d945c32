"""A small stand-in for Slicer's Qt layer, for tests without Slicer. See README.md in this folder."""
