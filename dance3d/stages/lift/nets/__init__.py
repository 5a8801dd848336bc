"""How the nets run, and those of others."""
