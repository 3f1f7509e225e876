"""Serving a team: the application, its process or processes, and the sockets in front of them."""
