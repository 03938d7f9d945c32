"""Figures, drawn by matplotlib from the records of `analysis`."""
