"""Callers who leave the team for somebody outside, on the telephone, and come back if nobody answers."""
