"""The pages: one for callers, who talk to the team in a browser, and the desk, where persons work with the team."""
