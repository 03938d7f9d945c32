"""Slicer's Qt layer for tests without Slicer, as PythonQt shows it. See README.md in this folder."""
