"""The weights of MiniLM, read from its ONNX file: the few fields of Protocol Buffers and of ONNX that this takes.

Matrices are kept there as whole numbers of 8 bits with a scale for each column, or for each row of the embeddings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
LAYERS = 6
# The matrices of a layer in the order in which it multiplies by them, and how the file names what is added then.
MATRICES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "mix": "attention.output.dense",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
}
EMBEDDED, LAYER = "inner.embeddings", "inner.encoder.layer"
# Numbers of fields: of a model, a graph, a node, a tensor.
GRAPH = 7
NODE, TENSOR = 1, 5
INPUT, OPERATION = 1, 4
SHAPE, KIND, NAME, RAW = 1, 2, 8, 9
KINDS: dict[int, type[Any]] = {1: np.float32, 3: np.int8, 6: np.int32, 7: np.int64}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: matrices and what is added after each, by name, and the two normalisations."""

    matrices: dict[str, Floats]
    added: dict[str, Floats]
    first: tuple[Floats, Floats]
    second: tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Weights:
    """The whole network."""

    words: NDArray[np.int8]
    scales: Floats  # of the words
    places: Floats
    norm: tuple[Floats, Floats]
    layers: tuple[Layer, ...]


def read(path: Path) -> Weights:
    """Read the weights from a file that is known to be the right one."""
    data = path.read_bytes()
    tensors: dict[str, Any] = {}
    factors: list[str] = []  # the matrices by which something is multiplied, in order
    (start, end) = next(span for field, span in _fields(data, 0, len(data)) if field == GRAPH)
    for field, (at, to) in _fields(data, start, end):
        if field == TENSOR:
            name, value = _tensor(data, at, to)
            tensors[name] = value
        elif field == NODE:
            inputs, operation = _node(data, at, to)
            factors += [one for one in inputs if operation == "MatMul"]
    names = [name for name in factors if f"{name}_q" in tensors]

    def whole(name: str) -> Floats:
        return np.ascontiguousarray(tensors[f"{name}_q"] * tensors[f"{name}_scale"], dtype=np.float32)

    def norm(name: str) -> tuple[Floats, Floats]:
        return tensors[f"{name}.LayerNorm.weight"], tensors[f"{name}.LayerNorm.bias"]

    places = whole(f"{EMBEDDED}.position_embeddings.weight") + tensors[f"{EMBEDDED}.token_type_embeddings.weight"][0]
    words = f"{EMBEDDED}.word_embeddings.weight"
    layers = []
    for number in range(LAYERS):
        own = dict(zip(MATRICES, names[number * len(MATRICES) :], strict=False))
        prefix = f"{LAYER}.{number}"
        added = {name: tensors[f"{prefix}.{called}.bias"] for name, called in MATRICES.items()}
        matrices = {name: whole(one) for name, one in own.items()}
        layers.append(Layer(matrices, added, norm(f"{prefix}.attention.output"), norm(f"{prefix}.output")))
    return Weights(tensors[f"{words}_q"], tensors[f"{words}_scale"], places, norm(EMBEDDED), tuple(layers))


def _tensor(data: bytes, at: int, end: int) -> tuple[str, Any]:
    shape: list[int] = []
    name, kind, raw = "", 0, (0, 0)
    for field, (start, to) in _fields(data, at, end):
        if field == SHAPE and to < 0:
            shape.append(start)
        elif field == SHAPE:
            while start < to:
                size, start = _number(data, start)
                shape.append(size)
        elif field == KIND:
            kind = start
        elif field == NAME:
            name = data[start:to].decode()
        elif field == RAW:
            raw = (start, to)
    kept = KINDS.get(kind)
    return name, None if kept is None else np.frombuffer(data[raw[0] : raw[1]], dtype=kept).reshape(shape)


def _node(data: bytes, at: int, end: int) -> tuple[list[str], str]:
    inputs, operation = [], ""
    for field, (start, to) in _fields(data, at, end):
        if field == INPUT:
            inputs.append(data[start:to].decode())
        elif field == OPERATION:
            operation = data[start:to].decode()
    return inputs, operation


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield the number of each field, and where it begins and ends; of a number its value, and -1."""
    while at < end:
        tag, at = _number(data, at)
        field, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _number(data, at)
            yield field, (value, -1)
            continue
        if kind == 2:
            size, at = _number(data, at)
        else:
            size = 4 if kind == 5 else 8
        yield field, (at, at + size)
        at += size


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at a place, seven bits a byte, and the place behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
