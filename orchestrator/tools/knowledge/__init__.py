"""Text files that an agent can look things up in: an index in memory, searched by meaning and by words."""
