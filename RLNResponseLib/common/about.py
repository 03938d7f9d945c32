"""What every page and file says of this product: its version, and what it is for."""

__version__ = "0.1.0"

RESEARCH_USE_ONLY = "Research use only, not a medical device."
