"""Tools that are HTTP requests, written in the team file."""
