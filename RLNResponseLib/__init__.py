"""RLNResponse: Rad-scores for recurrent lymph nodes after esophagectomy. Research use only, not a medical device."""

__version__ = "0.1.0"

RESEARCH_USE_ONLY = "Research use only, not a medical device."
