"""Two dancers compared: alignment in time, differences, and the files with the results."""
