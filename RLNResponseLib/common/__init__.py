"""What every room may use: refusals, findings, files, the clock, tables, words; nothing of the field."""
