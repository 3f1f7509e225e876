"""`orchestrator talk`: a caller in the terminal, with files, typed lines, or microphone and speakers."""
