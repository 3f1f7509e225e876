"""Serving a team: `serve` loads and listens, `app` is the application, `workers` spreads it over processes.

`arrival`, `upgrade` and `cors` stand between a connection and the application; `garbage_collection` exempts what is
loaded at the start.
"""
