"""How much of a team its tests hold."""
