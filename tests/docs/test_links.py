"""Links within the repository lead somewhere, and commands that are shown exist."""

from __future__ import annotations

import re
import shlex

import pytest

from orchestrator.cli import parser
from tests.docs.pages import MAHILO, PAGES, ROOT, code_blocks, read


def prose(page: str) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", read(page), flags=re.DOTALL | re.MULTILINE)


def anchors(page: str) -> set[str]:
    """Return the anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, MAHILO])
def test_links_lead_somewhere(page: str) -> None:
    """Relative links name a file, and their anchors a heading in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(str(file.resolve().relative_to(ROOT))), target


@pytest.mark.parametrize("page", [*PAGES, MAHILO])
def test_the_commands_that_are_shown_exist(page: str) -> None:
    """Each `orchestrator` command is one that the command line understands."""
    for shell in code_blocks(page, "sh"):
        for command in re.findall(r"orchestrator [a-z].*$", shell, re.MULTILINE):
            assert parser().parse_args(shlex.split(command)[1:]).run


@pytest.mark.parametrize("page", [*PAGES, MAHILO])
def test_python_that_is_shown_is_python(page: str) -> None:
    """Also where it cannot run here, because it needs a client's packages."""
    for text in code_blocks(page, "python"):
        compile(text, page, "exec")
