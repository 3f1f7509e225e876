"""A project of a user: its own team file, tools and tests, run with `python -m pytest` as they would run them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.docs.pages import ROOT

SECONDS = 300.0  # for one run; what hangs is ended


def run(folder: Path, *options: str) -> str:
    """Run the tests in a folder, where the plugin is installed as pyproject.toml says; return what is printed."""
    site = folder / "site"
    installed(site)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "OPENAI_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:xdist", "-p", "no:cacheprovider", "-p", "no:cov", *options],
        cwd=folder,
        env={**environ, "PYTHONPATH": os.pathsep.join((str(site), str(ROOT))), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout + done.stderr


def installed(site: Path) -> None:
    """Write what an installer would write of the entry points, into a folder of installed packages."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (plugin,) = project["entry-points"]["pytest11"].items()
    about = site / f"voice_orchestrator-{project['version']}.dist-info"
    about.mkdir(parents=True, exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    (about / "entry_points.txt").write_text(f"[pytest11]\n{plugin[0]} = {plugin[1]}\n")
