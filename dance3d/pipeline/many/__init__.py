"""Many videos: one run as a job, processes that do jobs, failures, and the index of the results."""
