"""Rules that read movements from a pose: one module per group of body parts."""
