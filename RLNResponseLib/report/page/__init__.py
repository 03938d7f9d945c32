"""The pages of the study report."""
