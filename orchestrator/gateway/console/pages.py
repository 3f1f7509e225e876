"""Serves the pages: to talk at `/`, the calls at `/calls`, the desk at `/desk`; what they load is below `/console/`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

FILES = Path(__file__).parent / "static"
PAGES = {"/": "index.html", "/calls": "calls.html", "/desk": "desk.html"}
# A page runs only its own files, connects only to its own server, and cannot be framed.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; media-src blob:; "
        "base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def add_console(app: FastAPI) -> None:
    """Add the pages and their files to the application."""
    files = StaticFiles(directory=FILES)

    async def file(request: Request, path: str) -> Response:
        response = await files.get_response(path, request.scope)
        response.headers.update(HEADERS)
        return response

    routes: dict[str, Callable[..., Any]] = {"/console/{path:path}": file, **dict.fromkeys(PAGES, _page)}
    for path, answer in routes.items():
        app.add_api_route(path, answer, methods=["GET", "HEAD"], response_model=None)


async def _page(request: Request) -> Response:
    """Return a page; the addresses in it are relative, to the prefix of this server where that is known."""
    file = FILES / PAGES[request.scope["route"].path]
    page = await asyncio.to_thread(file.read_text, encoding="utf-8")  # the disk may be slow, and calls go on
    prefix = request.scope["root_path"]
    if prefix:
        page = page.replace("<head>", f'<head>\n  <base href="{prefix}/">', 1)
    return HTMLResponse(page, headers=HEADERS)
