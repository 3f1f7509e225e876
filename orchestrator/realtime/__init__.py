"""Agents' sessions: the Realtime protocol spoken as a client, and the port that every provider implements."""
