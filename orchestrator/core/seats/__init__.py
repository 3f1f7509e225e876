"""Several callers in one call, each with an agent of their own, and what their agents write to each other."""
