"""The `usage` of a response: how many tokens went in and out, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 10**12  # tokens; more is no count


def usage(*, text_in: int, text_out: int, audio_in: int = 0, audio_out: int = 0, cached: int = 0) -> dict[str, Any]:
    """Return the whole `usage` object; `cached` tokens are text, and part of `text_in`."""
    none = {"audio_tokens": 0, "image_tokens": 0}
    return {
        "total_tokens": text_in + audio_in + text_out + audio_out,
        "input_tokens": text_in + audio_in,
        "output_tokens": text_out + audio_out,
        "input_token_details": {
            "text_tokens": text_in,
            "audio_tokens": audio_in,
            "image_tokens": 0,
            "cached_tokens": cached,
            "cached_tokens_details": {"text_tokens": cached, **none},
        },
        "output_token_details": {"text_tokens": text_out, "audio_tokens": audio_out},
    }


def count(usage: Any, key: str) -> int:
    """Return a count of tokens in a usage that others wrote; 0 for what is none."""
    value = usage.get(key) if isinstance(usage, Mapping) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST else 0


def text_tokens(text: str) -> int:
    """Estimate the tokens of a text: four characters each."""
    return -(-len(text) // 4)
