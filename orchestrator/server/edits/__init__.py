"""Edits while calls run: the files of the teams that are served are read again, and new calls get the new versions."""
