"""The page on telephones and WebRTC: its examples fit this server.

The one in JavaScript runs in `tests/test_browser_webrtc.py`.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from orchestrator.gateway.phone.twiml import STREAM
from orchestrator.settings import Settings
from tests.docs.pages import TELEPHONE_AND_WEBRTC, block


def test_the_twiml_example_is_for_this_server() -> None:
    """It parses, and names the route and a parameter that is a variable of the call."""
    stream = ElementTree.fromstring(block(TELEPHONE_AND_WEBRTC, "twiml")).find("./Connect/Stream")

    assert stream is not None
    assert stream.attrib["url"].endswith(STREAM)
    assert [one.attrib["name"] for one in stream] == ["From"]


def test_the_settings_of_the_example_exist() -> None:
    """A misspelt variable of the environment would do nothing, and say nothing."""
    named = set(re.findall(r"ORCHESTRATOR_(\w+)", block(TELEPHONE_AND_WEBRTC, "twilio")))

    assert named == {"PUBLIC_URL", "TWILIO_AUTH_TOKEN"}
    assert named <= {name.upper() for name in Settings.model_fields}
