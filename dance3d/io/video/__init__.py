"""Videos: opened, read picture by picture, written, and their sound."""
