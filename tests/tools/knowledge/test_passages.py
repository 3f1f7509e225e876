"""Files as passages: what stands together, under which headings, and without marks."""

from __future__ import annotations

import pytest

from orchestrator.tools.knowledge.passages import LONGEST, Passage, passages, sentences


def texts(text: str, file: str = "a.md") -> list[tuple[tuple[str, ...], str]]:
    """Return headings and text of each passage."""
    return [(one.headings, one.text) for one in passages(text, file)]


def test_a_paragraph_is_a_passage_with_its_headings_and_its_line() -> None:
    """Lines of a paragraph are joined; a heading ends the ones below it."""
    text = "# Stay\n\n## Pets\n\nDogs are\nwelcome.\n\nCats too.\n\n# Money\nWe take cash.\n"

    assert passages(text, "docs/house.md") == [
        Passage("Dogs are welcome.", ("Stay", "Pets"), "docs/house.md", 5),
        Passage("Cats too.", ("Stay", "Pets"), "docs/house.md", 8),
        Passage("We take cash.", ("Money",), "docs/house.md", 11),
    ]
    assert passages(text, "docs/house.md")[0].place == "docs/house.md:5"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Parking\n=======\nIt is free.", [(("Parking",), "It is free.")], id="underlined"),
        pytest.param("## Parking ##\nIt is free.", [(("Parking",), "It is free.")], id="closed"),
        pytest.param("**Parking:**\n\nIt is free.", [(("Parking",), "It is free.")], id="bold"),
        pytest.param("Is it free?\n\nIt is.", [(("Is it free?",), "It is.")], id="a question"),
        pytest.param("Is it free? Yes, it is.", [(("Is it free?",), "Yes, it is.")], id="a question before its answer"),
        pytest.param("Q: Is it free?\nA: It is.", [(("Is it free?",), "It is.")], id="marked question and answer"),
        pytest.param("要付钱吗？\n不用。", [(("要付钱吗？",), "不用。")], id="Chinese"),
        pytest.param("Q: Is it?\n\nA: It is.", [(("Is it?",), "It is.")], id="apart"),
    ],
)
def test_headings_have_many_forms(text: str, expected: list[tuple[tuple[str, ...], str]]) -> None:
    """A question is the heading of its answer."""
    assert texts(text) == expected


def test_lists_stay_with_what_they_are_a_list_of() -> None:
    """Each item is a line of its own, also if it goes on in the next line."""
    text = "Please bring:\n- your passport,\n  or another paper\n* a towel\n1. money"

    assert texts(text) == [((), "Please bring:\nyour passport, or another paper\na towel\nmoney")]


def test_rows_of_a_table_say_what_is_in_which_column() -> None:
    """An empty cell is left out; a row without a head is read as it is."""
    text = "| room | price |\n|---|:---:|\n| single | 80 |\n| double | |\n\n| a | b |"

    assert texts(text) == [((), "room: single; price: 80.\nroom: double."), ((), "a; b.")]


def test_marks_are_left_out() -> None:
    """What is seen on the page is what is said; comments and what stands before the page are not seen."""
    text = (
        "---\ntitle: House\n---\n# The *house*\n\nSee [our page](https://x.test/a) &amp; `code`, **bold** and _soft_. "
        "![a picture](a.png)<!-- later\n\n --> <br>5\\* snake_case_name <https://x.test>\n\n---\n\n```\n# no heading\n"
        "two\n```\n"
    )

    said = "See our page & code, bold and soft."
    assert texts(text)[0] == (("The house",), said)
    assert texts(text)[1:] == [
        (("The house",), "5* snake_case_name https://x.test"),
        (("The house",), "# no heading\ntwo"),
    ]


def test_plain_text_has_no_marks() -> None:
    """Its first line is its title, if it stands alone."""
    text = "House rules\n\n# 1 of *all*\n\nOpening hours\n-------------\nAt nine."

    assert texts(text, "rules.txt") == [
        (("House rules",), "# 1 of *all*"),
        (("House rules", "Opening hours"), "At nine."),
    ]
    assert texts("No smoking.\n\nNo dogs.", "rules.txt") == [((), "No smoking."), ((), "No dogs.")]
    assert texts("No smoking", "rules.txt") == [((), "No smoking")]


def test_a_long_paragraph_is_divided_between_sentences() -> None:
    """Words are only divided where there are no sentences, and then between them, if they are not too long too."""
    sentence = "This is a sentence about nothing at all."
    parts = [one for _, one in texts(" ".join([sentence] * 40))]

    assert max(map(len, parts)) <= LONGEST
    assert all(part.endswith(".") for part in parts)
    assert " ".join(parts) == " ".join([sentence] * 40)
    assert [len(one) for _, one in texts("x" * 1400)] == [600, 600, 200]
    assert [one for _, one in texts("word " * 200)] == [" ".join(["word"] * 120), " ".join(["word"] * 80)]


def test_lines_are_counted_past_what_is_left_out() -> None:
    """So that a place leads to the passage."""
    text = "---\na: 1\n---\n<!-- one\ntwo -->\nFirst.\n\nSecond."

    assert [one.line for one in passages(text, "a.md")] == [6, 8]


def test_nothing_is_no_passage() -> None:
    """Nor are headings without a text."""
    assert passages("", "a.md") == []
    assert passages("# One\n\n## Two\n\n\n", "a.md") == []


def test_sentences_do_not_end_within_a_name() -> None:
    """Nor before a small letter; each line of a list is one."""
    text = "Ask Dr. Hale in St. Ives, i.e. the vet. He is in! Is he? 是的。好。\na line"

    assert sentences(text) == [
        "Ask Dr. Hale in St. Ives, i.e. the vet.",
        "He is in!",
        "Is he?",
        "是的。",
        "好。",
        "a line",
    ]
