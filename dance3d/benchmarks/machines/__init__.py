"""Every config on every machine: tiny trainings in half precision and in two processes, beside those of one."""
