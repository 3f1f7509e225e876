"""Operations: their names, what they take, and what is sent for it."""

from __future__ import annotations

import pytest

from orchestrator.tools.openapi.operations import Parts, list_operations
from orchestrator.tools.openapi.reading import Fault
from tests.tools.openapi.files import document, operation, written


def test_names_of_operations() -> None:
    """`operationId` as services take it, else the method and the path."""
    shop, pay = (list_operations(document(name))[0] for name in ("shop.yaml", "pay.json"))

    assert [(one.name, one.words) for one in shop] == [
        ("getCustomer", "GET /customers/{customer_id}"),
        ("updateCustomer", "PATCH /customers/{customer_id}"),
        ("searchCustomers", "GET /customers"),
        ("createCustomer", "POST /customers"),
        ("setPhoto", "PUT /customers/{customer_id}/photo"),
        ("get_health", "GET /health"),
    ]
    assert [(one.name, one.id) for one in pay] == [("refunds_create", "refunds.create"), ("balance", "balance")]


def test_what_is_listed_twice_or_nowhere() -> None:
    """The first of two with one name is kept; a path that leads nowhere has none."""
    listed, faults = list_operations(
        written("""
            openapi: 3.1.0
            paths:
              /a: {get: {operationId: a.b}, post: {operationId: a_b}, trace: {}, put: none}
              /c: {$ref: "#/nowhere"}
              /d: {$ref: "#/components/pathItems/D"}
            components: {pathItems: {D: {delete: {}}}}
        """)
    )

    assert [one.words for one in listed] == ["GET /a", "DELETE /d"]
    assert [str(fault) for fault in faults] == [
        "POST /a has the name of GET /a: 'a_b'",
        "there is nothing at '#/nowhere'",
    ]


@pytest.mark.parametrize(
    ("texts", "about"),
    [
        ("summary: Find it", "Find it."),
        ("summary: Find it., description: 'Looks everywhere!'", "Find it. Looks everywhere!"),
        ("summary: Find it, description: Find it in the shop", "Find it in the shop."),
        ("description: ' '", "find it"),
    ],
)
def test_what_an_operation_does(texts: str, about: str) -> None:
    """Its summary and its description, or its name."""
    found, _ = operation(
        written(f"openapi: 3.1.0\npaths: {{/x: {{get: {{operationId: find_it, {texts}}}}}}}"), "find_it"
    )

    assert found.about == about


def test_arguments_become_a_request() -> None:
    """Each is where the file has it."""
    found, left_out = operation(document("shop.yaml"), "getCustomer", "x-trace")

    assert list(found.schema["properties"]) == ["customer_id", "expand"]
    assert found.schema["required"] == ["customer_id"]
    assert found.schema["additionalProperties"] is False
    assert [str(fault) for fault in left_out] == ["the parameter 'session' is a cookie, which is not sent"]
    parts = found.parts({"customer_id": "7", "expand": ["orders", "invoices"]})
    assert parts == Parts({"customer_id": "7"}, [("expand", "orders"), ("expand", "invoices")], {}, None)


def test_a_body_is_put_together() -> None:
    """From the plain arguments that a model fills in."""
    found, _ = operation(document("shop.yaml"), "createCustomer")

    assert found.schema["required"] == ["name", "address_city"]
    parts = found.parts({"name": "Ann", "address_city": "Bonn", "address_position": {"lat": 1, "lon": 2}})
    assert parts.body == {"name": "Ann", "address": {"city": "Bonn", "position": {"lat": 1, "lon": 2}}}
    with pytest.raises(ValueError, match="contact_phone: needed with name, address_city, contact_hours"):
        found.parts({"name": "Ann", "address_city": "Bonn", "contact_hours": "8"})


def test_what_is_always_the_same_is_sent() -> None:
    """Nobody is asked for it."""
    found, _ = operation(document("pay.json"), "balance")
    created, _ = operation(document("pay.json"), "refunds_create")

    assert found.parts({}).query == [("currency", "eur")]
    assert created.parts({"amount": 5, "method": {"kind": "card", "number": "4"}}).body == {
        "data": {"type": "refund", "amount": 5, "method": {"kind": "card", "number": "4"}}
    }


def test_one_name_in_two_places() -> None:
    """The second one says where it is."""
    found, _ = operation(
        written("""
            openapi: 3.1.0
            paths:
              /x/{id}:
                put:
                  operationId: it
                  parameters:
                    - {name: id, in: path}
                    - {name: id, in: query}
                    - {name: X-Id, in: header}
                    - {name: unused, in: path}
                  requestBody:
                    content: {application/json: {schema: {properties: {id: {type: string}, query_id: {}}}}}
        """),
        "it",
    )

    assert list(found.arguments) == ["id", "query_id", "X-Id", "body_id", "body_query_id"]
    parts = found.parts({"id": "1", "query_id": "2", "X-Id": "3", "body_id": "4"})
    assert parts == Parts({"id": "1"}, [("id", "2")], {"X-Id": "3"}, {"id": "4"})


def test_what_must_be_in_the_body_is_told_when_nothing_is_given() -> None:
    """Of a body that must be there, although the schema of the arguments has let it pass."""
    found, _ = operation(document("shop.yaml"), "createCustomer")

    with pytest.raises(ValueError, match="name, address_city: missing"):
        found.parts({})


def test_an_operation_that_cannot_be_used() -> None:
    """Because of its body or its path; a body that need not be there is left out."""
    with pytest.raises(Fault, match=r"no parameter describes \{customer_id\}"):
        operation(document("shop.yaml"), "setPhoto")
    text = (
        "openapi: 3.1.0\npaths: {{/x: {{post: {{operationId: it, requestBody: {{{}content: {{text/csv: {{}}}}}}}}}}}}"
    )
    with pytest.raises(Fault, match="its body is text/csv, and only JSON is sent"):
        operation(written(text.format("required: true, ")), "it")
    found, left_out = operation(written(text.format("")), "it")
    assert found.body is None
    assert [str(fault) for fault in left_out] == ["its body is text/csv, and only JSON is sent"]
