"""What the agents of the Inn at the Park can do."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import Field

Booking = Annotated[str, Field(pattern=r"^\d{4}$", description="the booking number, four digits")]

TOTALS = {"4102": 270, "5520": 180, "5502": 90}


def book_room(
    name: str,
    arrival: datetime.date,
    nights: int,
    kind: Literal["single", "double", "family"],
    dog: bool = False,
) -> str:
    """Book a room.

    Args:
        name: the guest's full name
        arrival: the day of arrival
        nights: how many nights
        kind: which kind of room
        dog: whether the guest brings a dog
    """
    return "Your room is booked. We look forward to seeing you."


def cancel_room(booking: Booking) -> str:
    """Cancel the booking of a room."""
    return "The booking has been cancelled."


def book_table(name: str, day: datetime.date, at: datetime.time, people: int, by_the_fire: bool = False) -> str:
    """Book a table in the restaurant.

    Args:
        name: the guest's name
        day: on which day
        at: at what time
        people: how many people
        by_the_fire: whether they want to sit by the fire
    """
    return "Your table is booked."


def packed_lunch(
    room: Annotated[int, "the number of the room"],
    lunches: Annotated[int, "how many lunches"],
    day: Annotated[datetime.date, "for which day"],
) -> str:
    """Order packed lunches for guests who are out all day."""
    return f"{lunches} packed lunches will be ready at breakfast."


def rent_bikes(name: str, day: datetime.date, bikes: int, electric: bool = False) -> str:
    """Rent bicycles for a day.

    Args:
        name: the guest's name
        bikes: how many bicycles
        electric: whether they are electric ones
    """
    return "The bicycles are reserved for you."


def book_trip(trip: Literal["boat trip", "castle", "forest walk"], day: datetime.date, people: int, name: str) -> str:
    """Book a trip.

    Args:
        trip: which trip
        day: on which day
        people: for how many people
        name: the guest's name
    """
    return "The trip is booked. We start at ten in the morning."


def report_lost(item: str, name: str, phone: str) -> str:
    """Note something that a guest has lost or left behind.

    Args:
        item: what it is
        name: the guest's name
        phone: telephone number, digits only
    """
    return "We will look for it and call you tomorrow."


def bill_total(booking: Booking) -> str:
    """Look up how much the bill of a stay is."""
    return f"Your bill is {TOTALS.get(booking, 150)} pounds."


def send_bill(booking: Booking, email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]+$")]) -> str:
    """Send the bill of a stay by email.

    Args:
        email: the email address that it is sent to
    """
    return "The bill is on its way to you."


def leave_message(name: str, phone: str, message: str) -> str:
    """Leave a message for the owner.

    Args:
        name: the caller's name
        phone: telephone number, digits only
        message: what the owner should know
    """
    return "The owner will call you back this evening."
