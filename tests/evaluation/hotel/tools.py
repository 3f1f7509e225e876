"""The tools of the hotel."""

from __future__ import annotations

import datetime
from typing import Literal


def book_room(
    name: str, arrival: datetime.date, nights: int, guests: int, room: Literal["single", "double", "suite"] = "double"
) -> str:
    """Book a room.

    Args:
        name: the guest's name
        arrival: the day of arrival
        nights: how many nights
        guests: how many people
        room: the kind of room
    """
    return f"Your room is booked, {name}. The booking code is 7731."


def find_booking(booking_code: str) -> str:
    """Look up a booking.

    Args:
        booking_code: the booking code, four digits
    """
    return f"Booking {booking_code} is a double room from 2026-12-18, for two nights."


def cancel_booking(booking_code: str) -> str:
    """Cancel a booking.

    Args:
        booking_code: the booking code, four digits
    """
    return f"Booking {booking_code} is cancelled."


def reserve_table(name: str, day: str, time: str, people: int) -> str:
    """Reserve a table in the restaurant.

    Args:
        name: the name for the reservation
        day: the day
        time: the time
        people: how many people
    """
    return "Your table is reserved."


def todays_menu() -> str:
    """Say what is on the menu today."""
    return "Today there is pumpkin soup, grilled sea bass and apple pie."


def bring_to_room(room_number: str, item: str) -> str:
    """Bring something to a room, such as towels, pillows or water.

    Args:
        room_number: the room number, three digits
        item: what to bring, such as towels, a pillow, a blanket or water
    """
    return f"We bring it to room {room_number} at once."


def report_damage(room_number: str, problem: str) -> str:
    """Have something repaired in a room.

    Args:
        room_number: the room number, three digits
        problem: what is broken
    """
    return "A technician is on the way."


def order_taxi(time: str, destination: str) -> str:
    """Order a taxi.

    Args:
        time: when to leave
        destination: where to go
    """
    return f"The taxi to {destination} is ordered."


def wake_up_call(room_number: str, time: str) -> str:
    """Set a wake-up call.

    Args:
        room_number: the room number, three digits
        time: the time to be woken
    """
    return "We will wake you."


def note_complaint(name: str, complaint: str) -> str:
    """Note a complaint for the manager.

    Args:
        name: the guest's name
        complaint: what the guest complains about
    """
    return "I am sorry about that. The manager will call you."
