"""From a text file to passages: a paragraph or a list each, with the headings that it stands under.

Of Markdown what is seen on a page is kept, and its marks are left out: passages are given to models, and read aloud.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

LONGEST = 600  # characters of a passage; a longer paragraph is divided between sentences
ABBREVIATED = r"(?<!\b[A-Z]\.)(?<!\b[A-Z][a-z]\.)(?<!\b[A-Z][a-z]{2}\.)"  # "Dr. Hale": no sentence ends there
SENTENCE = re.compile(rf"(?<=[.!?…]){ABBREVIATED}\s+(?=[^a-zß-öø-ÿ])|(?<=[。！？])")
HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*")
UNDERLINE = re.compile(r"(={3,}|-{3,})")
RULE = re.compile(r"([-*_]\s*){3,}")
BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+(.*)")
FENCE = re.compile(r"\s*(```|~~~)")
FRONT = re.compile(r"---\n.*?\n---\n", re.DOTALL)  # what tools note about a page, before its text
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
BORDER = re.compile(r"\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?")  # below the first row of a table
BOLD = re.compile(r"(\*\*|__)(.+)\1")
ASKED = re.compile(r"^(?:[QFPD]:|问[:：])\s*")  # before a question, in several languages
ANSWERED = re.compile(r"^(?:[AR]:|答[:：])\s*")
QUESTION = re.compile(r"[^.!?。！？]{1,200}[?？]")
LEAST = 7  # of headings: one that is only set in bold, or a question
# What is written in Markdown → what is seen of it.
MARKS = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), ""),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"<(https?://[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^>]*>"), " "),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"`+([^`]+)`+"), r"\1"),
    (re.compile(r"\\([^\w\s])"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a file that can be understood by itself."""

    text: str
    headings: tuple[str, ...]  # from the outermost to the one right above it
    file: str  # as the team file's folder knows it
    line: int  # that it begins on

    @property
    def place(self) -> str:
        """Where it is, for people: `docs/house.md:12`."""
        return f"{self.file}:{self.line}"


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; each line of a list is one."""
    return [one for line in text.split("\n") for one in (each.strip() for each in SENTENCE.split(line)) if one]


def passages(text: str, file: str) -> list[Passage]:
    """Return the passages of a file; `.md` is read as Markdown, anything else as plain text."""
    markdown = file.lower().endswith(".md")
    if markdown:
        text = _blank(FRONT, text, count=1) if text.startswith("---\n") else text
        text = _blank(COMMENT, text)
    return [
        Passage(part, block.headings, file, block.line)
        for block in Reader(markdown=markdown).read(text)
        for part in _parts(block.text)
    ]


def _blank(what: re.Pattern[str], text: str, count: int = 0) -> str:
    """Leave something out of a text whose lines are counted."""
    return what.sub(lambda found: "\n" * found[0].count("\n"), text, count=count)


@dataclass(slots=True)
class Block:
    """A paragraph, list or table while it is read."""

    headings: tuple[str, ...]
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What it says."""
        return "\n".join(self.lines).strip()


class Reader:
    """Reads a file line by line."""

    def __init__(self, *, markdown: bool) -> None:
        # Whether its marks mean anything.
        self._markdown = markdown
        # The headings that the next line stands under: how deep each is, and its words.
        self._trail: list[tuple[int, str]] = []
        # The block that the next line may belong to; None after an empty line.
        self._block: Block | None = None
        # The first row of the table that the next line may belong to.
        self._columns: list[str] = []
        # Whether the first line is a title although no mark says so.
        self._titled = False
        # Whether the next line is code, in which nothing is a mark.
        self._code = False

    def read(self, text: str) -> Iterator[Block]:
        """Yield the blocks of a text."""
        done: list[Block] = []
        lines = text.split("\n")
        self._titled = not self._markdown and _is_title(lines)
        for number, line in enumerate(lines, 1):
            following = lines[number].strip() if number < len(lines) else ""
            if (block := self._take(line, following, number)) is not None:
                done.append(block)
        done += [self._block] if self._block is not None else []
        for block in done:
            yield from self._answers(block)

    def _take(self, line: str, following: str, number: int) -> Block | None:
        """Read a line; returns the block before, if it has ended."""
        if self._markdown and FENCE.match(line):
            self._code = not self._code
            return None
        if self._code and line.strip():
            return self._add(line.strip(), number)
        said = line.strip()
        if not said or RULE.fullmatch(said) or UNDERLINE.fullmatch(said) or BORDER.fullmatch(said):
            return self._end() if not (said and self._columns) else None
        if heading := self._heading(said, following, number):
            ended = self._end()
            self._place(*heading)
            return ended
        if self._markdown and said.startswith("|"):
            return self._row(said, following, number)
        if bullet := BULLET.fullmatch(line):
            return self._item(bullet[1], number)
        return self._add(self._plain(said), number)

    def _heading(self, said: str, following: str, number: int) -> tuple[int, str] | None:
        """Return how deep a heading is, and its words; None if the line is none."""
        if self._markdown and (found := HEADING.fullmatch(said)):
            return len(found[1]), self._plain(found[2])
        if self._block is None and UNDERLINE.fullmatch(following) and not said.startswith("|"):
            return (1 if following[0] == "=" else 2), self._plain(said)
        alone = self._block is None and not following
        if self._markdown and alone and (bold := BOLD.fullmatch(said)):
            return LEAST, self._plain(bold[2]).rstrip(":")
        plain = ASKED.sub("", self._plain(said))
        if alone and QUESTION.fullmatch(plain):
            return LEAST, plain
        return (1, plain) if number == 1 and self._titled else None

    def _place(self, depth: int, words: str) -> None:
        self._trail = [*(one for one in self._trail if one[0] < depth), (depth, words)]

    def _row(self, said: str, following: str, number: int) -> Block | None:
        """Read a row of a table: each says what is in which column."""
        cells = [self._plain(cell.strip()) for cell in said.strip("|").split("|")]
        if not self._columns and BORDER.fullmatch(following):
            ended = self._end()
            self._columns = cells
            return ended
        named = zip(self._columns, cells, strict=False) if self._columns else (("", cell) for cell in cells)
        told = [f"{column}: {cell}" if column else cell for column, cell in named if cell]
        return self._add("; ".join(told) + ".", number, apart=True) if told else None

    def _item(self, said: str, number: int) -> Block | None:
        return self._add(self._plain(said), number, apart=True)

    def _add(self, said: str, number: int, *, apart: bool = False) -> Block | None:
        if self._block is None:
            self._block = Block(tuple(words for _, words in self._trail), number)
        if apart or self._code or not self._block.lines or ANSWERED.match(said):
            self._block.lines.append(said)
        else:
            self._block.lines[-1] = f"{self._block.lines[-1]} {said}".strip()
        return None

    def _end(self) -> Block | None:
        ended, self._block, self._columns = self._block, None, []
        return ended

    def _plain(self, said: str) -> str:
        """Return a line without marks."""
        if self._markdown:
            for mark, seen in MARKS:
                said = mark.sub(seen, said)
            said = html.unescape(said)
        return " ".join(said.split())

    def _answers(self, block: Block) -> Iterator[Block]:
        """Yield a block; a question that it begins with becomes its heading."""
        text = ASKED.sub("", block.text)
        asked = QUESTION.match(text)
        rest = ANSWERED.sub("", text[asked.end() :].strip()) if asked else ""
        if asked and rest:
            yield Block((*block.headings, " ".join(asked[0].split())), block.line, [rest])
        elif answer := ANSWERED.sub("", block.text):
            yield Block(block.headings, block.line, [answer])


def _is_title(lines: Sequence[str]) -> bool:
    """Return whether a plain text has a title: a first line that stands alone above the rest, and is no sentence."""
    first, *rest = [line.strip() for line in lines]
    return bool(first) and first[-1] not in ".!?:;,。！？" and any(rest) and not rest[0]


def _parts(text: str) -> Iterator[str]:
    """Yield a text, divided between sentences where it is too long, and elsewhere only if there is no other way."""
    part = ""
    for line in text.split("\n"):
        for number, sentence in enumerate(each for each in SENTENCE.split(line) if each.strip()):
            between = "" if not part else "\n" if number == 0 else " "
            if part and len(part) + len(between) + len(sentence) > LONGEST:
                yield part
                part, between = "", ""
            while len(sentence) > LONGEST:
                end = sentence.rfind(" ", 1, LONGEST)
                end = end if end > 0 else LONGEST
                yield sentence[:end]
                sentence = sentence[end:].lstrip()
            part += between + sentence
    if part:
        yield part
