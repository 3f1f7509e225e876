"""Reading an OpenAPI file: values with their places, references, and what cannot be read."""

from __future__ import annotations

import pytest

from orchestrator.tools.openapi.reading import LARGEST, Fault, numbers, read_document
from tests.tools.openapi.files import document, placed, written


def test_yaml_with_places() -> None:
    """Each key knows its line and column."""
    found = document("shop.yaml")

    customer = found.mapping(found.root["paths"])
    assert customer.at["/customers"] == (35, 3)
    assert placed(found.root["paths"]).here == (10, 3)


def test_json_with_tabs_and_two_escapes_for_a_character() -> None:
    """JSON is read as any tool writes it."""
    found = document("pay.json")

    post = placed(placed(placed(found.root["paths"])["/refunds"])["post"])
    assert post["summary"] == "Pay money back 😀"
    assert post.at["operationId"] == (8, 5)


def test_an_escaped_backslash_begins_no_character() -> None:
    """A backslash before `\\ud83d` is text."""
    found = read_document(rb'{"openapi": "3.1.0", "x": "\\ud83d\\ude00 \\\\\ud83d\ude00"}', "x.json")

    assert found.root["x"] == "\\ud83d\\ude00 \\\\😀"


def test_numbers_stay_as_they_are_written() -> None:
    """Until somebody reads them as numbers; text that YAML 1.1 would take for something else is text."""
    root = written("{openapi: 3.1.0, a: 1.10, b: [no, 0x1, 007, 12], c: ~, d: True}").root

    assert root["a"] == "1.10"
    assert numbers(root) == {"openapi": "3.1.0", "a": 1.1, "b": ["no", "0x1", "007", 12], "c": None, "d": True}


def test_aliases_are_one_value() -> None:
    """So that a few lines cannot become gigabytes."""
    rows = "\n".join(f"a{row}: &a{row} [{', '.join([f'*a{row - 1}'] * 9)}]" for row in range(1, 40))
    root = written(f"openapi: 3.1.0\na0: &a0 [x]\n{rows}").root

    assert root["a39"][0] is root["a39"][8]


@pytest.mark.parametrize(
    ("text", "what", "remedy", "at"),
    [
        ("swagger: '2.0'", "it is Swagger 2.0; OpenAPI 3.0 and 3.1 are read", "Convert it", (1, 1)),
        ("x: 1\nopenapi: 2.1.0", "its version is '2.1.0'", "3.0 and 3.1", (2, 1)),
        ("info: {}", "it is not an OpenAPI file: it has no key `openapi`", "openapi: 3.1.0", (1, 1)),
        ("[]", "it is not an OpenAPI file", "openapi: 3.1.0", (1, 1)),
        ("", "it is not an OpenAPI file", "openapi: 3.1.0", (1, 1)),
        ("openapi: 3.1.0\npaths: a: b", "invalid YAML: unexpected colon", "Quote text", (2, 9)),
        ("openapi: 3.1.0\npaths: [a\nb: c", "invalid YAML: this bracket is never closed", "Close it", (2, 8)),
        ('{"openapi": "3.1.0", "x": "\\ud83d"}', "invalid YAML", "near this place", (1, 30)),
        ("openapi: 3.1.0\na: &a [*a]", "nested too deeply, or an alias refers to itself", "aliases", (1, 1)),
        ("[" * 5000, "nested too deeply, or an alias refers to itself", "brackets", (1, 1001)),
    ],
)
def test_what_cannot_be_read(text: str, what: str, remedy: str, at: tuple[int, int]) -> None:
    """It is told what is wrong, what to do, and where."""
    with pytest.raises(Fault) as raised:
        read_document(text.encode(), "api.yaml")

    assert str(raised.value).startswith(what)
    assert remedy in raised.value.remedy
    assert raised.value.at == at


@pytest.mark.parametrize(
    ("content", "what"), [(b"\xff\xfe", "it is not UTF-8 text"), (b" " * (LARGEST + 1), "it is larger than 10 MB")]
)
def test_what_is_no_text(content: bytes, what: str) -> None:
    """Nor is a file read that is too large to be one."""
    with pytest.raises(Fault, match=what):
        read_document(content, "api.yaml")


def test_references_lead_to_values() -> None:
    """Also over several steps, with escapes, and into lists."""
    found = written("""
        openapi: 3.1.0
        a: {$ref: "#/paths/~1x~0y%20z/0"}
        paths: {"/x~y z": [{$ref: "#/b"}]}
        b: {c: 1}
    """)

    assert found.mapping(found.root["a"]) == {"c": "1"}
    assert found.mapping(["no mapping"]) == {}


@pytest.mark.parametrize(
    ("reference", "what", "remedy"),
    [
        ("#/components/schemas/Custmer", "nothing at '#/components/schemas/Custmer'", "Did you mean 'Customer'?"),
        ("#/components/schemas/List/7", "nothing at", "Define it"),
        ("#/components/schemas/Customer/x/y", "nothing at", "Define it"),
        ("other.yaml#/Customer", "'other.yaml#/Customer' leads to another file", "one file"),
        ("Customer", "'Customer' leads to another file", "one file"),
        ("#/a", "the `$ref` leads in a circle", "Let one of them"),
    ],
)
def test_references_that_lead_nowhere(reference: str, what: str, remedy: str) -> None:
    """With the place of the reference."""
    found = written(f"""
        openapi: 3.1.0
        a: {{$ref: "#/b"}}
        b: {{$ref: "#/a"}}
        c: {{$ref: "{reference}"}}
        components: {{schemas: {{Customer: {{x: 1}}, List: [1]}}}}
    """)

    with pytest.raises(Fault, match=r"leads|nothing") as raised:
        found.target(found.root["c"])

    assert what in str(raised.value)
    assert remedy in raised.value.remedy


def test_a_fault_names_its_place() -> None:
    """Where, about what, what is wrong, and what to do."""
    found = document("shop.yaml")

    problem = found.problem(Fault("it is odd", "Mend it.", (3, 4)), "GET /x")

    assert str(problem) == "shop.yaml:3:4 GET /x: it is odd. Mend it."
    assert not problem.fatal
