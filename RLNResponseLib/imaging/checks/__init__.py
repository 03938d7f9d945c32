"""Findings about an image and a contour."""
