"""The REST API for recorded calls."""
