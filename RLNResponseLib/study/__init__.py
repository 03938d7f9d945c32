"""The study folder: protocol, patients, lymph nodes, images, readings, worklist, blinding, audit. docs/study-folder.md."""
