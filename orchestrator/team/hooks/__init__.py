"""What is called around a call: `before` its first agent has the caller, and `after` it has ended."""
