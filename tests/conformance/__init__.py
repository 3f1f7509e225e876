"""The conformance suite: real Realtime clients, unchanged, against a whole team. `python -m tests.conformance`."""
