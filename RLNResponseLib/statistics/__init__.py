"""Estimates with intervals, and comparisons of groups."""
