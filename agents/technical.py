"""Tools of technical help."""

from typing import Literal

STEPS = {
    "heater": "Please check that the gas cartridge is screwed in tightly, then press the red button for five seconds.",
    "stove": "Please clean the nozzle with the small brush, then turn the valve slowly until you hear the gas.",
    "lamp": "Please charge the lamp for two hours and hold the button until it blinks.",
    "tent": "Please let the tent dry and rub the wax stick along the seam that leaks.",
    "app": "Please close the app, install the latest version and log in again.",
}


def first_aid(product: Literal["heater", "stove", "lamp", "tent", "app"]) -> str:
    """Give the first step to fix a product that does not work.

    Args:
        product: the product that does not work
    """
    return f"{STEPS[product]} If that does not help, I can send an engineer."


def book_engineer(day: str, time: str) -> str:
    """Book a visit of an engineer who repairs things.

    Args:
        day: the day of the visit
        time: the time of the visit
    """
    return f"An engineer will come {day if day in ('today', 'tomorrow') else f'on {day.title()}'} at {time}."
