"""Voice agents that work as a team, behind one OpenAI Realtime endpoint.

Run `orchestrator serve`; or, in a program, `create_app`, `serve_team`, `start_call` and `Team`, which are loaded when
they are used (docs/library.md). Importing this package loads nothing else.
"""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator.library.app import create_app, serve_team
    from orchestrator.library.call import start_call
    from orchestrator.library.team import Team

try:
    __version__ = version("voice-orchestrator")
except PackageNotFoundError:  # run from a checkout that is not installed
    __version__ = "0"

__all__ = ["Team", "__version__", "create_app", "serve_team", "start_call"]
# What is offered → the module of the library that has it.
PLACES = {"Team": "team", "create_app": "app", "serve_team": "app", "start_call": "call"}


def __getattr__(name: str) -> object:
    """Load a part of the library when it is used."""
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.library.{PLACES[name]}"), name)
