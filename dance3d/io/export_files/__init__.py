"""Files that other programs read: one writer per format, and what they share."""
