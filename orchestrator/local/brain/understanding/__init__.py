"""What a caller's words mean: acts, functions, values."""
