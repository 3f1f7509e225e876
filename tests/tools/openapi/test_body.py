"""A JSON body as plain arguments, and what is put together from them."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.tools.openapi.body import Body, Incomplete, Path

TEXT = {"type": "string"}


def an_object(*needed: str, **properties: Any) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", "properties": properties, "required": list(needed)}


def fields(body: Body) -> dict[str, bool]:
    """Return the arguments, and whether each is required."""
    return {"_".join(field.words): field.required for field in body.fields}


ADDRESS = an_object("city", city=TEXT, street=TEXT, at=an_object("lat", lat=TEXT, lon=TEXT))
CUSTOMER = an_object("name", "address", name=TEXT, address=ADDRESS, contact=an_object("phone", phone=TEXT, hours=TEXT))


def test_two_levels_are_arguments() -> None:
    """What lies deeper is one argument; what is needed only beside others is not required."""
    body = Body(CUSTOMER, required=True)

    assert fields(body) == {
        "name": True,
        "address_city": True,
        "address_street": False,
        "address_at": False,
        "contact_phone": False,
        "contact_hours": False,
    }
    assert body.fields[3].schema == an_object("lat", lat=TEXT, lon=TEXT)


def test_nothing_is_required_of_a_body_that_need_not_be_there() -> None:
    """Without any value there is none."""
    body = Body(CUSTOMER, required=False)

    assert not any(fields(body).values())
    assert body.put_together({}) is None


def test_values_are_put_back_where_they_were() -> None:
    """As the service has them."""
    body = Body(CUSTOMER, required=True)

    whole = body.put_together({("name",): "A", ("address", "city"): "B", ("contact", "phone"): "1"})

    assert whole == {"name": "A", "address": {"city": "B"}, "contact": {"phone": "1"}}


@pytest.mark.parametrize(
    ("required", "values", "missing"),
    [
        (True, {("name",): "A", ("address", "city"): "B", ("contact", "hours"): "8"}, [("contact", "phone")]),
        (False, {("name",): "A"}, [("address", "city")]),
        (False, {("contact", "phone"): "1"}, [("name",), ("address", "city")]),
    ],
)
def test_what_is_needed_beside_others_is_told(required: bool, values: dict[Path, Any], missing: list[Path]) -> None:
    """Half an object is not sent."""
    with pytest.raises(Incomplete) as raised:
        Body(CUSTOMER, required=required).put_together(values)

    assert raised.value.missing == missing
    assert raised.value.given == list(values)


def test_an_object_with_one_member_counts_for_nothing() -> None:
    """It lengthens no name, and hides nothing."""
    body = Body(
        an_object("data", data=an_object("a", a=an_object("x", x=TEXT, y=an_object(z=TEXT, w=TEXT)))), required=True
    )

    assert fields(body) == {"x": True, "y_z": False, "y_w": False}
    assert body.put_together({("data", "a", "x"): "1"}) == {"data": {"a": {"x": "1"}}}


def test_an_empty_object_that_is_needed_is_there() -> None:
    """Although none of its members is given."""
    body = Body(an_object("options", options=an_object(a=TEXT, b=TEXT), name=TEXT), required=True)

    assert body.put_together({}) == {"options": {}}


def test_what_can_have_one_value_is_no_argument() -> None:
    """It is there whenever the object around it is."""
    kind = {"type": "string", "enum": ["card"]}
    body = Body(an_object("kind", kind=kind, pay=an_object("kind", kind=kind, number=TEXT)), required=True)

    assert fields(body) == {"pay_number": False}
    assert body.put_together({}) == {"kind": "card"}
    assert body.put_together({("pay", "number"): "4"}) == {"kind": "card", "pay": {"kind": "card", "number": "4"}}


def test_one_value_that_need_not_be_given_is_an_argument() -> None:
    """Or it could never be given."""
    assert fields(Body(an_object(gift={"type": "boolean", "enum": [True]}), required=True)) == {"gift": False}


def test_what_need_not_be_given_is_not_null() -> None:
    """It is left out; null is for what must be given."""
    either = {"anyOf": [TEXT, {"type": "null"}]}
    body = Body(an_object("a", a=either, b=either), required=True)

    assert [field.schema for field in body.fields] == [either, TEXT]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": TEXT},
        {"type": "object"},
        {**an_object(a=TEXT), "additionalProperties": TEXT},
        {"anyOf": [an_object(a=TEXT), an_object(b=TEXT)]},
    ],
)
def test_other_bodies_are_one_argument(schema: dict[str, Any]) -> None:
    """Lists, alternatives, and objects whose members have any name."""
    body = Body(schema, required=True)

    assert fields(body) == {"body": True}
    assert body.fields[0].schema == schema
    assert body.put_together({(): [1]}) == [1]
