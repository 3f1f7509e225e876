"""Takes secrets out of a text, however they are written or said there.

A text is read in several ways: its digits alone, and with the number words of each language that occurs in it. Each
reading is a string of digits that remembers where each piece of it stands. Wherever `ENOUGH` characters of it in a row
are a part of a secret, the words that hold them are replaced. Spaces, dashes and "uh" between them do not matter; with
other words between them, or the end of a turn, it takes `ENOUGH_APART`.

The time is in proportion to the length of the text, whatever is in it, and bounded, because the middle of a very long
text is left out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from orchestrator.core.memory.number_words import NUMBERS
from orchestrator.core.memory.reading import NARROW, UNCASED, Piece, Token, read, readings, tokens_of

ENOUGH = 4  # characters of a secret in a row that give it away
ENOUGH_APART = 6  # with other words between them; four digits from here and there are often a coincidence
NEAR = 80  # characters between two digits that may belong to one number
FIRST, LAST = 8_000, 32_000  # characters of a long text; what is between them is not told
BEFORE = 1_000  # characters of what was said before
LONGEST = 64  # characters of a number that is compared with a pattern
# What people say between the digits of one number.
FILLERS = (
    "uh uhm um umm er erm err ah ahm eh ehm hm hmm mm euh este so well ok okay like and then next dash hyphen minus "
    "space oh dot point slash comma und dann also strich punkt et puis tiret y luego guion e poi en dan 然后 嗯 呃"
)
BETWEEN = re.compile(rf"(?:[\W_]|\b(?:{'|'.join(FILLERS.split())})\b)*+")
CODE = re.compile(r"(?<![^\W_])(?:[^\W\d_]{0,8}[-/. ]?)\d")  # how a number begins that letters may stand before


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that holds a secret."""

    start: int
    end: int
    name: str


class Masker:
    """Knows some secrets, by the names with which they are replaced."""

    def __init__(self, secrets: Mapping[str, Iterable[str]], patterns: Mapping[str, str]) -> None:
        # Length → the parts of that length of all secrets → the name; and the same where they are apart.
        self._parts, self._parts_apart = _parts(secrets, ENOUGH), _parts(secrets, ENOUGH_APART)
        # Secrets that are not numbers, and all of them in one text.
        self._worded = {form: name for name, forms in secrets.items() for form in forms if not form.isdigit()}
        self._vocabulary = "|".join(self._worded)
        # What secrets look like that nobody has told yet.
        self._patterns = [(name, re.compile(_without_anchors(pattern))) for name, pattern in patterns.items()]

    def mask(self, text: str, before: str = "", mark: str = "[{}]") -> str:
        """Return a text with the names of the secrets in their place; `before` is what was said before it.

        `mark` is how a name is written.

        A text is told to a model, or logged: one that is too long for that is cut, and takes no longer.
        """
        if not self._parts and not self._patterns:
            return text
        if len(text) > FIRST + LAST:
            text = f"{text[:FIRST]} … ({len(text) - FIRST - LAST} characters left out) … {text[-LAST:]}"
        before = before[-BEFORE:]
        whole = before + text
        shown, done = [], len(before)
        for span in _united(self._spans(whole)):
            if span.end > done:
                shown += [whole[done : max(done, span.start)], mark.format(span.name)]
                done = span.end
        return "".join([*shown, whole[done:]])

    def _spans(self, text: str) -> Iterator[Span]:
        narrow = text if text.isascii() else text.translate(NARROW)
        plain = narrow.lower()
        tokens = tokens_of(plain)
        for pieces in readings(tokens, plain):
            stream = Stream(pieces, plain)
            yield from _hits(stream, self._parts)
            if stream.apart is not None:
                yield from _hits(stream.apart, self._parts_apart)
            for name, pattern in self._patterns:
                yield from _alike(stream, pattern, name)
        for name, pattern in self._patterns:
            yield from _codes(narrow, pattern, name)
        if self._worded:
            yield from _hits(Stream(self._words(tokens), plain), self._parts)
            yield from self._whole(plain)

    def _words(self, tokens: list[Token]) -> list[Piece]:
        """Read a text for secrets that are not numbers: only the words that are in one of them."""
        pieces = []
        for word, start in tokens:
            for form in (word, NUMBERS["en, oh"].get(word, ("",))[0]):
                if form and form in self._vocabulary:
                    pieces.append(Piece(form, start, start + len(word)))
                    break
        return pieces

    def _whole(self, plain: str) -> Iterator[Span]:
        """Yield where a secret stands inside a longer word."""
        for form, name in self._worded.items():
            at = plain.find(form) if len(form) >= ENOUGH else -1
            while at >= 0:
                yield _span(at, at + len(form), name, plain)
                at = plain.find(form, at + len(form))


def forms(value: str) -> frozenset[str]:
    """Return how a secret is compared with what is said: bare, and with its number words as digits."""
    plain = value.translate(NARROW).lower()
    tokens = tokens_of(plain)
    numbers = {piece.start: piece for piece in read(tokens, plain, "en, oh")}
    spelt, done = "", 0
    for word, start in tokens:
        if start >= done:
            piece = numbers.get(start, Piece(word, start, start + len(word)))
            spelt, done = spelt + piece.text, piece.end
    return frozenset(form for form in ("".join(word for word, _ in tokens), spelt) if form)


# --- from a reading to what is replaced ---


class Stream:
    """A reading as one string, with a mark wherever a number cannot go on."""

    def __init__(self, pieces: list[Piece], plain: str, *, apart: bool = False) -> None:
        # The pieces, and the text that they are from.
        self.pieces, self.plain = pieces, plain
        # Where each piece begins in the string.
        self.begins: list[int] = []
        # The same reading with marks only where pieces are far from each other; None when that is no other string.
        self.apart: Stream | None = None
        parts: list[str] = []
        at = done = 0
        split = False
        for piece in pieces:
            far = piece.start - done > NEAR
            if far or not (apart or only_filler(plain, done, piece.start)):
                parts.append("|")
                at += 1
                split = split or not far
            parts.append(piece.text)
            self.begins.append(at)
            at, done = at + len(piece.text), piece.end
        # The string.
        self.text = "".join(parts)
        if split:
            self.apart = Stream(pieces, plain, apart=True)


def only_filler(plain: str, start: int, end: int) -> bool:
    """Return whether nothing, or nothing that means anything, stands between two places of a text."""
    if end - start <= 1:
        return not plain[start:end].isalnum()
    return end - start <= NEAR and BETWEEN.fullmatch(plain, start, end) is not None


def only_marks(plain: str, start: int, end: int) -> bool:
    """Return whether only spaces, dashes and the like stand between two places of a text."""
    return not any(map(str.isalnum, plain[start:end]))


def _parts(secrets: Mapping[str, Iterable[str]], enough: int) -> dict[int, dict[str, str]]:
    """Return length → parts of secrets of that length → the secret's name; shorter secrets are a part as a whole."""
    parts: dict[int, dict[str, str]] = {}
    for name, written in secrets.items():
        for form in written:
            size = min(enough, len(form))
            for at in range(len(form) - size + 1):
                parts.setdefault(size, {}).setdefault(form[at : at + size], name)
    return parts


def _hits(stream: Stream, parts_by_size: Mapping[int, Mapping[str, str]]) -> Iterator[Span]:
    """Yield where a reading holds a part of a secret."""
    text, begins = stream.text, stream.begins
    names: dict[int, str] = {}  # piece → the name of the secret that it is a part of
    linked: set[int] = set()  # pieces that go on in the next one
    for size, parts in parts_by_size.items():
        first = 0
        for at in [at for at in range(len(text) - size + 1) if text[at : at + size] in parts]:
            if first + 1 < len(begins) and begins[first + 1] <= at:
                first = bisect_right(begins, at, first) - 1
            last = first
            while last + 1 < len(begins) and begins[last + 1] < at + size:
                last += 1
            if last > first or first not in names:
                linked.update(range(first, last))
                for piece in range(first, last + 1):
                    names.setdefault(piece, parts[text[at : at + size]])
    yield from _marked(stream, names, linked)


def _marked(stream: Stream, names: Mapping[int, str], linked: set[int]) -> Iterator[Span]:
    """Yield the pieces that have a name; those of one number together.

    Words between two parts of it stay where they are, unless they are only filler and one part says too little alone.
    """
    pieces, plain = stream.pieces, stream.plain
    start, said = None, 0
    for at in sorted(names):
        piece = pieces[at]
        start, said = piece.start if start is None else start, said + len(piece.text)
        if at + 1 in names and at in linked:
            following = pieces[at + 1]
            part = min(said, len(following.text)) < ENOUGH
            if (only_filler if part else only_marks)(plain, piece.end, following.start):
                continue
        yield _span(start, piece.end, names[at], plain)
        start, said = None, 0


def _span(start: int, end: int, name: str, plain: str) -> Span:
    """Return a span with what else belongs to its first and last word, in scripts that have spaces between words."""
    while start and plain[start - 1].isalnum() and plain[start - 1] < UNCASED:
        start -= 1
    while end < len(plain) and plain[end].isalnum() and plain[end] < UNCASED:
        end += 1
    return Span(start, end, name)


def _united(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, with those that overlap as one."""
    united: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if united and span.start < united[-1].end:
            united[-1] = Span(united[-1].start, max(united[-1].end, span.end), united[-1].name)
        else:
            united.append(span)
    return united


# --- what secrets look like ---


def _without_anchors(pattern: str) -> str:
    """Return a regular expression without `^`, `$`, `\\A` and `\\Z`: what it describes may stand inside a text."""
    kept = re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", pattern, re.DOTALL)
    return "".join(part for part in kept if part not in ("^", "$", r"\A", r"\Z"))


def _alike(stream: Stream, pattern: re.Pattern[str], name: str) -> Iterator[Span]:
    """Yield whole pieces of a reading that look like a secret."""
    pieces, begins = stream.pieces, stream.begins
    ends = {begin + len(piece.text): piece.end for begin, piece in zip(begins, pieces, strict=True)}
    for piece, begin in zip(pieces, begins, strict=True):
        found = pattern.match(stream.text, begin, begin + LONGEST)
        if found and begin < found.end() in ends:
            yield _span(piece.start, ends[found.end()], name, stream.plain)


def _codes(narrow: str, pattern: re.Pattern[str], name: str) -> Iterator[Span]:
    """Yield what looks like a secret as it is written: with capitals and dashes, or in groups."""
    for start in CODE.finditer(narrow):
        first = start.start()
        stretch = narrow[first : first + LONGEST]
        bare = [at for at, letter in enumerate(stretch) if letter.isalnum()]
        joined = "".join(stretch[at] for at in bare)
        for text, places in ((stretch, range(len(stretch))), (joined, bare)):
            found = pattern.match(text)
            end = first + places[found.end() - 1] + 1 if found and found.end() else first
            if end >= start.end() and not narrow[end : end + 1].isalnum():
                yield Span(first + places[0], end, name)
                break
