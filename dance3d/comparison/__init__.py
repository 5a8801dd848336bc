"""Two dancers compared: alignment in time, differences, and the files that tell of them."""
