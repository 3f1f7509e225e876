"""Serving a team: `serve` loads and listens, `app` is the application, `workers` spreads it over processes.

`arrival`, `upgrade` and `cors` stand between a connection and the application; `garbage` keeps loaded objects out of
garbage collection.
"""
