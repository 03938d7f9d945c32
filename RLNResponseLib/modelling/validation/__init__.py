"""How well a score does: discrimination, calibration, net benefit."""
