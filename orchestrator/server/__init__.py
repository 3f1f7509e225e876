"""Serving a team: `serve` loads and listens, `app` is the application, `workers` spreads it over processes.

`tls`, `arrival`, `upgrade`, `addresses` and `cors` stand between a connection and the application; each process of
several is a `worker`, which `routing` finds and `relay` reaches; `garbage_collection` exempts what is loaded at the
start.
"""
