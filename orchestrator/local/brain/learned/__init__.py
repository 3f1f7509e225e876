"""What was learnt from examples: which function a caller means, and what a sentence does in a conversation."""
