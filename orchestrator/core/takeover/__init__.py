"""A call that goes on elsewhere: on another node, or in another process."""
