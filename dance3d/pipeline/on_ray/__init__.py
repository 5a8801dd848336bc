"""The same work on many machines, by Ray: the extra ``dance3d[ray]``."""
