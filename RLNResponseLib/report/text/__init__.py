"""Sentences and tables of results, one list each, for terminal, page and panel."""
