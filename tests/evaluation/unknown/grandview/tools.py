"""Functions of the Grandview Hotel for its voice agents."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field


def wake_up_call(room: int, at: time) -> str:
    """Set a wake-up call for the next morning.

    Args:
        room: the number of the room
        at: when the guest wants to be woken up
    """
    return "Your wake-up call is set. Sleep well."


def book_room(name: str, arrival: date, nights: int, view: Literal["sea", "garden"], cot: bool = False) -> str:
    """Book a room.

    Args:
        name: the guest's full name
        arrival: the day of arrival
        nights: how many nights
        view: which view the room has
        cot: whether a cot for a baby is needed
    """
    return "Your room is booked. Your booking number is 30518."


def cancel_room(
    booking: Annotated[str, Field(pattern=r"^\d{5}$", description="the booking number, five digits")],
) -> str:
    """Cancel the booking of a room."""
    return "Your booking is cancelled."


def bring_to_room(room: int, item: str, quantity: int = 1) -> str:
    """Have something brought to a room.

    Args:
        room: the number of the room
        item: what the guest needs
        quantity: how many
    """
    return "Somebody will bring it in ten minutes."


def report_repair(room: int, problem: str) -> str:
    """Report that something in a room does not work.

    Args:
        room: the number of the room
        problem: what does not work
    """
    return "Our technician will come within half an hour."


def book_table(name: str, day: date, at: time, guests: int) -> str:
    """Book a table in the restaurant.

    Args:
        name: the name for the booking
        day: the day
        at: the time, dinner is from six to ten in the evening
        guests: how many people
    """
    return "Your table is booked. We look forward to seeing you in the Lighthouse."


def book_treatment(name: str, treatment: Literal["massage", "facial"], day: date, at: time) -> str:
    """Book a treatment in the spa."""
    return "Your treatment is booked. Please come ten minutes early."


def buy_tickets(name: str, evening: Literal["jazz night", "quiz night"], tickets: int) -> str:
    """Buy tickets for one of our evenings.

    Args:
        name: the guest's full name
        evening: which evening
        tickets: how many tickets
    """
    return "Your tickets are booked. You can pick them up at the front desk."


def ask_for_offer(name: str, occasion: str, day: date, guests: int) -> str:
    """Ask for an offer for a guest's own event.

    Args:
        name: the guest's full name
        occasion: what is celebrated, for example a wedding
        day: the day of the event
        guests: how many people will come
    """
    return "I have passed that on. You will get our offer in two days."


def take_message(
    name: str,
    phone: Annotated[str, Field(pattern=r"^\d{6,12}$", description="telephone number, digits only")],
    message: str,
) -> str:
    """Take a message for the duty manager.

    Args:
        name: the guest's name
        phone: the number to call back
        message: what it is about
    """
    return "I have written that down. The manager will call you within an hour."
