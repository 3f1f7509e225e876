"""Agents' sessions: the Realtime protocol spoken as a client, the port that every provider implements, and text."""
