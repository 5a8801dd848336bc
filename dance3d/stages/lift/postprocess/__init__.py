"""Postprocessing of lifted poses: bones, root path, gravity and floor contact."""
