"""Callbacks that show a training, time it, and let several processes score."""
