"""Movements: what every body part does, by rules from a true pose and by recognisers from an estimated one."""
