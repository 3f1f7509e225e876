"""What becomes of a call's events and effects for those who run it: the log and its figures."""
