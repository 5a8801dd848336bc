"""Training: one LightningCLI per stage, exact resume, and the runner's training side."""
