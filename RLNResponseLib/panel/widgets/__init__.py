"""Widgets that sections share."""
