"""A reader of what a session sends."""

from __future__ import annotations

from orchestrator.providers.port import Take


def into(frames: list[str], *, most: int | None = None) -> Take:
    """Return a reader that keeps frames in a list, and has enough once there are so many; None: never."""

    def take(frame: str) -> bool:
        frames.append(frame)
        return len(frames) == most

    return take
