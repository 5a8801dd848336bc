"""Identities: operations on tracks, and the list of edits that a results folder keeps."""
