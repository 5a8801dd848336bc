"""From a video to results: the runner, its cache and keys, and the exported files."""
