"""Building blocks and runtime forms of the lifting nets, and the nets of other projects."""
