"""The study folder: protocol, patients, images, readings, worklist, blinding, audit. Its files:
docs/study-folder.md.
"""
