"""Tests of the embedded provider run where its extra is installed."""

from __future__ import annotations

from importlib.util import find_spec

if any(find_spec(name) is None for name in ("numpy", "soxr", "onnxruntime", "ctranslate2", "httpx")):
    collect_ignore_glob = ["test_*.py"]
