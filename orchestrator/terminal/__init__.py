"""`orchestrator talk`: a caller in the terminal, with recordings, typed lines, or a microphone and speakers."""
