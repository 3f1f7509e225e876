"""Voice agents that work as a team, behind one OpenAI Realtime endpoint.

Run `orchestrator serve`, or build the application with `orchestrator.server.serve.build`. Importing this package loads
nothing else.
"""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("voice-orchestrator")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0"

__all__ = ["__version__"]
