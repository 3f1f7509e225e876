"""The orchestrator as a library: teams that are written in Python, the gateway inside another application, and calls
that a program begins itself. `from orchestrator import Team, create_app, serve_team, start_call` loads it.
"""
