"""The figures of the documentation: one folder per stage, and the release of weights."""
