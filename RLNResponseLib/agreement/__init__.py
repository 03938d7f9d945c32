"""How far readers agree: features, contours and scores."""
