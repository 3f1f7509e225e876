"""What operators see of a call's events and effects: the log and its figures."""
