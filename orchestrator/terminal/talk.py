"""`orchestrator talk`: call a server and hold the call, by recorded speech, typed lines, or microphone and speakers."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI

from orchestrator.errors import OrchestratorError
from orchestrator.terminal.caller import Hangup, Talk
from orchestrator.terminal.wav import read_wav, write_wav
from orchestrator.threads import Threads

OPEN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Something to say: typed text, or recorded speech as 24 kHz PCM16."""

    text: str = ""
    speech: bytes = b""


def read_turns(said: list[tuple[str, str]]) -> list[Turn]:
    """Return what is to be said from pairs of `--wav` or `--text` and its value; raises `OrchestratorError`.

    Recordings are read here, before the call, because resampling takes time that a call does not have.
    """
    return [Turn(speech=read_wav(value)) if option == "--wav" else Turn(text=value) for option, value in said]


def socket_url(url: str) -> str:
    """Return the address of a server's Realtime socket; scheme, path and query may be missing."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path if parts.path.strip("/") else "/v1/realtime"
    query = "&".join(filter(None, [parts.query, urlencode({"events": "team"})]))
    return urlunsplit((scheme, parts.netloc, path, query, ""))


class Connect(connect):
    """Connects to the server that was named, and takes the key to no other."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow no redirect."""
        return exc


async def call(url: str, key: str | None) -> ClientConnection:
    """Connect to a server; raises `OrchestratorError`."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        return await Connect(
            socket_url(url),
            additional_headers=headers,
            compression=None,
            max_size=None,
            open_timeout=OPEN_SECONDS,
            close_timeout=1.0,
        )
    except (InvalidURI, ValueError):
        raise OrchestratorError(f"{url!r} is not an address. Write ws://host:port/v1/realtime.") from None
    except TimeoutError:
        raise OrchestratorError(f"{url} does not answer.") from None
    except InvalidStatus as error:
        raise OrchestratorError(f"{url} refused the call: {_refusal(error)}.") from None
    except (OSError, InvalidHandshake) as error:
        what = getattr(error, "strerror", None) or str(error)
        raise OrchestratorError(f"Cannot connect to {url}: {what}. Is `orchestrator serve` running there?") from None


def _refusal(error: InvalidStatus) -> str:
    """Return why a server refused: its own words when it has any, else the HTTP status."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(error.response.body or b"")["error"]["message"]).rstrip(".")
    return f"HTTP {error.response.status_code}"


async def lines() -> AsyncIterator[str]:
    """Yield typed lines until the end of the input; one that is awaited does not keep the program."""
    threads = Threads(1)
    while line := await threads.run(sys.stdin.readline, "typed"):
        if line.strip():
            yield line.strip()


async def hold(talk: Talk, turns: list[Turn]) -> None:
    """Hold a call: the turns one after another; without any, typed lines."""
    await talk.greet()
    for turn in turns:
        if turn.text:
            print(f"you ▸ {turn.text}")
            await talk.type(turn.text)
        else:
            await talk.say(turn.speech)
    if not turns:
        async for line in lines():
            if not sys.stdin.isatty():  # a terminal has shown it
                print(f"you ▸ {line}")
            await talk.type(line)


async def hold_aloud(talk: Talk) -> None:
    """Hold a call by microphone, until it is interrupted."""
    await talk.greet()
    await asyncio.Event().wait()


async def converse(url: str, key: str | None, turns: list[Turn], *, devices: bool, out: Path | None) -> None:
    """Call a server, hold the call to its end, print a summary; raises `OrchestratorError`.

    With `out` what was heard is written there, also when the call ended badly.
    """
    socket = await call(url, key)
    async with socket:
        sound = _open_devices() if devices else None
        talk = Talk(socket, print, partial(print, file=sys.stderr), sound)
        fault: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(talk.listen(), name="listen")]
                if devices or any(turn.speech for turn in turns):
                    tasks.append(group.create_task(talk.speak_forever(), name="speak"))
                if sound is not None:
                    sound.start(talk.hear_microphone)
                await (hold_aloud(talk) if devices else hold(talk, turns))
                for task in tasks:
                    task.cancel()
        except* Hangup:
            print("the server ended the call")
        except* OrchestratorError as errors:
            fault = errors.exceptions[0]
        finally:
            print(talk.summary())
            if out is not None:
                write_wav(out, talk.player.timeline())
                print(f"wrote {out}")
        if fault is not None:
            raise fault


def _open_devices() -> Any:
    from orchestrator.terminal.devices import Devices  # an extra: sounddevice

    return Devices()
