"""Tools that are Python functions: in files of the team, or installed."""
