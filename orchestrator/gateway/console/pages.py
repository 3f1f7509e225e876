"""Serves the files of the console: the page at `/`, everything it loads below `/console/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

FILES = Path(__file__).parent / "static"
# The page runs only its own files, connects only to its own server, and cannot be framed.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def add_console(app: FastAPI) -> None:
    """Add the page and its files to the application."""
    app.add_api_route("/", _page, response_model=None)
    app.mount("/console", ConsoleFiles(directory=FILES))


class ConsoleFiles(StaticFiles):
    """The files of the page, each with the headers above."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a file with the headers."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(HEADERS)
        return response


async def _page() -> Response:
    return FileResponse(FILES / "index.html", headers=HEADERS)
