"""`orchestrator talk`: a caller in the terminal, who speaks by recordings, typed lines, or microphone."""
