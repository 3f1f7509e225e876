"""How the router words what it says."""
