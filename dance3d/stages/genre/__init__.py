"""Genre: which dance it is, from movements and poses over time, and what spoke for it."""
