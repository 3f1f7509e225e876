"""What Twilio asks."""

from __future__ import annotations

import pytest
from fastapi import HTTPException

from orchestrator.gateway.phone.asking import MOST_FIELDS, form_of


def test_a_form_is_read_whatever_is_in_it() -> None:
    """Bytes that are no text, and fields without a value, are no reason to refuse a phone call."""
    assert form_of(b"CallSid=CA1&Empty=&Name=%C3%A4&\xff=1") == [
        ("CallSid", "CA1"),
        ("Empty", ""),
        ("Name", "ä"),
        ("\N{REPLACEMENT CHARACTER}", "1"),
    ]


def test_a_form_is_bounded() -> None:
    """In the number of its fields."""
    with pytest.raises(HTTPException) as refused:
        form_of(b"&".join([b"a=1"] * (MOST_FIELDS + 1)))

    assert refused.value.status_code == 400
