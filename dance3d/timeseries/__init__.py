"""Series over time: resampling, segments of boolean series, movement events."""
