"""Tools of the emergency desk: plain functions, with docstrings that the model reads."""

from typing import Any


def send_ambulance(place: str, call: Any) -> str:
    """Send an ambulance to a place.

    Args:
        place: street and number, or what can be seen there
    """
    call.variables["place"] = place
    return f"An ambulance is on its way to {place}."


def close_road(road: str) -> str:
    """Close a road to traffic.

    Args:
        road: name of the road
    """
    return f"{road} is closed."
