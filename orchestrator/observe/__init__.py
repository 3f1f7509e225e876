"""Logging and statistics of calls, for the operator."""
