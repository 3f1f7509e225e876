"""Recorded calls: what is kept of each while it runs, and the REST API to look at them."""
