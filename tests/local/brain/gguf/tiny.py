"""Writes a language model of one layer with random weights: it loads and writes like a real one, and knows nothing."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEADS, INNER = 32, 2, 64
# One token for each byte, written as GPT-2 does: what cannot be printed is moved up.
PRINTED = [*range(33, 127), *range(161, 173), *range(174, 256)]
MOVED = [byte for byte in range(256) if byte not in PRINTED]
TOKENS = [*map(chr, PRINTED), *(chr(256 + at) for at in range(len(MOVED))), "<|end|>"]
NORMAL, CONTROL = 1, 3
FACTS: dict[str, Any] = {
    "general.architecture": "llama",
    "llama.context_length": 8192,
    "llama.embedding_length": WIDTH,
    "llama.block_count": 1,
    "llama.feed_forward_length": INNER,
    "llama.attention.head_count": HEADS,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.rope.dimension_count": WIDTH // HEADS,
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "gpt-2",
    "tokenizer.ggml.tokens": TOKENS,
    "tokenizer.ggml.merges": ["t h"],
    "tokenizer.ggml.token_type": [*[NORMAL] * 256, CONTROL],
    "tokenizer.ggml.bos_token_id": 256,
    "tokenizer.ggml.eos_token_id": 256,
}
SHAPES = {
    "token_embd": (len(TOKENS), WIDTH),
    "output": (len(TOKENS), WIDTH),
    "output_norm": (WIDTH,),
    "blk.0.attn_norm": (WIDTH,),
    "blk.0.ffn_norm": (WIDTH,),
    **{f"blk.0.attn_{part}": (WIDTH, WIDTH) for part in ("q", "k", "v", "output")},
    "blk.0.ffn_gate": (INNER, WIDTH),
    "blk.0.ffn_up": (INNER, WIDTH),
    "blk.0.ffn_down": (WIDTH, INNER),
}
ALIGNMENT, SIGNED = 32, 5


def write(file: Path, **facts: Any) -> Path:
    """Write the model; `facts` go over its own, with `__` for a dot."""
    described = FACTS | {name.replace("__", "."): value for name, value in facts.items()}
    random = np.random.default_rng(7)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(SHAPES), len(described))
    head += b"".join(_text(name) + _value(value) for name, value in described.items())
    data = b""
    for name, shape in SHAPES.items():
        weights = np.ones(shape) if name.endswith("norm") else random.normal(size=shape)
        sizes = shape[::-1]
        head += _text(f"{name}.weight") + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, 0, len(data))
        data += _aligned(weights.astype("<f4").tobytes())
    file.write_bytes(_aligned(head) + data)
    return file


def _aligned(data: bytes) -> bytes:
    return data + bytes(-len(data) % ALIGNMENT)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def _value(value: Any) -> bytes:
    kind, written = _typed(value)
    return struct.pack("<I", kind) + written


def _typed(value: Any) -> tuple[int, bytes]:
    if isinstance(value, list):
        kind = SIGNED if isinstance(value[0], int) else _typed(value[0])[0]
        return 9, struct.pack("<IQ", kind, len(value)) + b"".join(_typed(one)[1] for one in value)
    if isinstance(value, str):
        return 8, _text(value)
    return (6, struct.pack("<f", value)) if isinstance(value, float) else (4, struct.pack("<I", value))
