"""Score models: how a Rad-score is defined, fitted, validated and applied."""
