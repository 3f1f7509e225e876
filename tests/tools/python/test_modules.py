"""Modules of a team's files: versions side by side, and nothing of them when they are over."""

from __future__ import annotations

import gc
import logging
import sys
import weakref
from pathlib import Path

import pytest

from orchestrator.tools import CallView, Tool, load_tools
from orchestrator.tools.python.modules import _open
from tests.tools.teams import problems_of, team_with

CALL = CallView(id="call_1", agent="front")
ORDERS = """
    from __future__ import annotations
    import logging
    from dataclasses import dataclass
    from typing import Optional
    from pydantic import BaseModel
    from .crm import NAME

    logging.getLogger(__name__).debug("loaded")

    class Order(BaseModel):
        number: str

    @dataclass
    class Line:
        order: Order
        more: list[Order]

    def find(line: Optional[Line] = None) -> str:
        from .late import TEXT
        return f"VERSION {NAME} {TEXT}"
"""


def loaded(folder: Path, version: str, **texts: str) -> Tool:
    """Write a version of a team's files, and load its tool."""
    files = {
        "orders": ORDERS.replace("VERSION", version),
        "crm": f"NAME = {version!r}\n",
        "late": f"TEXT = {version!r}\n",
    }
    (tool,) = load_tools(team_with(folder, "agents/orders.py:find", **{**files, **texts}))["front"]
    return tool


def names() -> set[str]:
    """Return the modules and loggers of tool files that there are now."""
    gc.collect()
    found = {*sys.modules, *logging.root.manager.loggerDict, *_open}
    return {name for name in found if name.startswith("_orchestrator_tools_")}


async def test_two_versions_live_side_by_side(tmp_path: Path) -> None:
    """The older one imports what it imported when it was loaded, although its function does so only now."""
    old = loaded(tmp_path, "old")
    new = loaded(tmp_path, "new")
    (tmp_path / "agents" / "late.py").unlink()

    assert await old.run("{}", CALL, seconds=10) == "old old old"
    assert await new.run("{}", CALL, seconds=10) == "new new new"
    assert await old.run('{"line": {"order": {"number": "1"}, "more": []}}', CALL, seconds=10) == "old old old"


async def test_of_two_edits_within_a_second_the_later_one_is_run(tmp_path: Path) -> None:
    """Bytecode would not know them apart: none is read or written."""
    for version in ("1", "2", "3"):
        assert await loaded(tmp_path, version).run("{}", CALL, seconds=10) == f"{version} {version} {version}"

    assert not (tmp_path / "agents" / "__pycache__").exists()


async def test_nothing_is_left_when_the_last_tool_is_gone(tmp_path: Path) -> None:
    """Neither modules nor loggers, nor what a module held."""
    before = names()
    tool = loaded(tmp_path, "old")
    assert await tool.run("{}", CALL, seconds=10) == "old old old"
    (name,) = (name for name in sys.modules if name not in before and name.endswith(".orders"))
    watched = [weakref.ref(sys.modules[name]), weakref.ref(sys.modules[name].Order)]
    assert len(names() - before) >= 4

    del tool

    assert names() <= before  # of other tests something may have gone meanwhile
    assert [one() for one in watched] == [None, None]


async def test_modules_stay_while_a_function_of_them_runs(tmp_path: Path) -> None:
    """Also when nobody waits for it any more: it may import something yet."""
    text = """
        import threading
        began, go, said = threading.Event(), threading.Event(), []

        def find():
            began.set()
            go.wait(60)
            from .late import TEXT
            said.append(TEXT)
    """
    before = names()
    tool = loaded(tmp_path, "old", orders=text)
    (name,) = (name for name in sys.modules if name not in before and name.endswith(".orders"))
    module = vars(sys.modules[name])
    with pytest.raises(Exception, match="did not finish"):
        await tool.run("{}", CALL, seconds=0.01)
    (thread,) = (one for one in __import__("threading").enumerate() if one.name == "tool:find")

    del tool
    module["go"].set()
    thread.join(60)

    assert module["said"] == ["old"]


def test_a_file_that_fails_leaves_nothing_of_its_load(tmp_path: Path) -> None:
    """And takes nothing from another one."""
    tool = loaded(tmp_path, "old")
    before = names()

    assert problems_of(team_with(tmp_path, "agents/x.py", x="from .crm import NAME\n1 / 0\n"))

    assert names() <= before
    assert tool.name == "find"


async def test_a_folder_below_and_a_package_are_found(tmp_path: Path) -> None:
    """With and without `__init__.py`; what is not Python of the folder is looked for as usual."""
    for folder in ("plain", "package"):
        (tmp_path / "agents" / folder).mkdir(parents=True)
        (tmp_path / "agents" / folder / "x.py").write_text(f"NAME = {folder!r}\n", encoding="utf-8")
    (tmp_path / "agents" / "package" / "__init__.py").write_text("from .x import NAME\n", encoding="utf-8")
    text = """
        from .package import NAME
        from .plain import x
        def find():
            try:
                from . import nothing
            except ImportError:
                return f"{NAME} {x.NAME}"
    """

    assert await loaded(tmp_path, "old", orders=text).run("{}", CALL, seconds=10) == "package plain"
