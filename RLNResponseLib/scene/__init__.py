"""MRML in and out: the only room below the panel that knows Slicer. No Qt; functions take the scene they work on."""
