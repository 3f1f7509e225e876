"""Where operations are served, and which key they want."""

from __future__ import annotations

import pytest

from orchestrator.tools.openapi.operations import list_operations
from orchestrator.tools.openapi.reading import Document, Fault
from orchestrator.tools.openapi.services import missing_keys, server_of
from tests.tools.openapi.files import document, written


def served(text: str) -> str:
    """Return the address of the first operation of a file that has this text."""
    found = written(text)
    return server_of(found, list_operations(found)[0][0])


def wanted(found: Document, *given: str) -> list[str]:
    """Return the warnings about keys."""
    return [
        f"{fault.at} {fault}. {fault.remedy}"
        for fault in missing_keys(found, list_operations(found)[0], frozenset(given))
    ]


def test_the_nearest_address_counts() -> None:
    """That of the operation, of its path, or of the file; its variables have their defaults."""
    shop = document("shop.yaml")

    assert server_of(shop, list_operations(shop)[0][0]) == "https://eu.shop.example/v1"
    whole = "openapi: 3.1.0\nservers: [{url: https://a.example}]\npaths: {/x: {get: {}"
    assert served(f"{whole}, servers: [{{url: https://b.example}}]}}}}") == "https://b.example"
    own = "{servers: [{url: https://c.example}]}"
    assert (
        served(f"openapi: 3.1.0\nservers: [{{url: https://a.example}}]\npaths: {{/x: {{get: {own}}}}}")
        == "https://c.example"
    )


@pytest.mark.parametrize(
    ("servers", "what"),
    [
        ("[{url: /v1}]", "the address '/v1' does not say on which host"),
        ("[{}]", "the address '' does not say on which host"),
        ("[{url: 'https://{x}.example'}]", "has a variable without a default"),
        ("[]", "the file has no address under `servers`"),
    ],
)
def test_an_address_is_whole_or_an_error(servers: str, what: str) -> None:
    """It is never guessed."""
    with pytest.raises(Fault, match=r"address") as raised:
        served(f"openapi: 3.1.0\nservers: {servers}\npaths: {{/x: {{get: {{}}}}}}")

    assert what in str(raised.value)
    assert raised.value.remedy == "Write `server: https://…` beside `file`."


def test_a_key_that_is_wanted_and_not_given() -> None:
    """One warning for all operations that want it, at the place of the key; none when a header has it."""
    what = "getCustomer and 4 more want the header Authorization (bearer), which is not given"

    assert wanted(document("shop.yaml")) == [
        f'(103, 5) {what}. Write `headers: {{Authorization: "Bearer ${{TOKEN}}"}}` beside `file`.'
    ]
    assert not wanted(document("shop.yaml"), "authorization")


def test_a_key_in_the_query_cannot_be_given() -> None:
    """Nor can one in a cookie."""
    assert wanted(document("pay.json")) == [
        "(67, 23) balance wants the key 'key' in the query, which is not given. "
        "Use a key in a header, or write the tools as `http:`."
    ]


def test_one_of_several_ways_is_enough() -> None:
    """Each way may need several keys."""
    found = written("""
        openapi: 3.1.0
        paths: {/x: {get: {operationId: it, security: [{a: [], b: []}, {c: []}]}}, /y: {get: {security: [{}]}}}
        components:
          securitySchemes:
            a: {type: apiKey, in: header, name: X-A}
            b: {type: apiKey, in: header, name: X-B}
            c: {type: oauth2}
    """)

    assert wanted(found) == [
        '(6, 5) it wants the header X-A (apiKey), which is not given. Write `headers: {X-A: "${KEY}"}` beside `file`.'
    ]
    assert wanted(found, "x-a")
    assert not wanted(found, "x-a", "x-b")
    assert not wanted(found, "authorization")
