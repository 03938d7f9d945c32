"""The 106 features: their definitions, the settings they depend on, and their extraction."""
