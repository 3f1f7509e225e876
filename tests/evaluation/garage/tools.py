"""Tools of the car workshop."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import Field

Work = Literal["inspection", "oil change", "tyre change", "repair"]
Plate = Annotated[str, Field(pattern=r"^[A-Z]{2}\d{2}[A-Z]{3}$")]
Phone = Annotated[str, Field(pattern=r"^\d{10,12}$")]


def book_service(owner: str, registration: Plate, work: Work, day: date, drop_off: time) -> str:
    """Book a car in.

    Args:
        owner: full name of the customer
        registration: registration number of the car, two letters, two digits, three letters
        work: what has to be done
        day: day on which the car is brought in
        drop_off: time at which the car is brought in
    """
    return "The car is booked in. Please leave the key at the counter."


def free_days(work: Work) -> str:
    """Look up the next days with room for a job.

    Args:
        work: what has to be done
    """
    return "There is room on Tuesday and on Friday."


def move_booking(registration: Plate, new_day: date) -> str:
    """Move a booking to another day.

    Args:
        registration: registration number of the car
        new_day: the new day
    """
    return "The booking has been moved."


def cancel_booking(registration: Plate) -> str:
    """Cancel a booking.

    Args:
        registration: registration number of the car
    """
    return "The booking has been cancelled."


def repair_status(registration: Plate) -> str:
    """Look up how far a car in the workshop is.

    Args:
        registration: registration number of the car
    """
    if registration == "LD68FGH":
        return "The brakes are worn out. New ones would cost 340 euros, and the customer has to approve that."
    return "The car is ready. It can be picked up until six."


def approve_repair(registration: Plate, max_price: float) -> str:
    """Approve a repair.

    Args:
        registration: registration number of the car
        max_price: what it may cost at most, in euros
    """
    return "The repair is approved. The car will be ready tomorrow at noon."


def send_tow_truck(name: str, place: str, phone: Phone) -> str:
    """Send the tow truck to a customer who has broken down.

    Args:
        name: name of the customer
        place: where the car is
        phone: mobile number
    """
    return "The tow truck will be there in about forty minutes."


def hire_car(driver: str, pick_up: datetime, days: int, automatic: bool = False) -> str:
    """Hire out a replacement car.

    Args:
        driver: full name of the driver
        pick_up: when the car is picked up
        days: number of days
        automatic: whether it has to be an automatic
    """
    return "The replacement car is reserved."


def extend_hire(contract: int, new_return: date) -> str:
    """Extend the hire of a replacement car.

    Args:
        contract: number of the hire contract
        new_return: day on which the car is brought back
    """
    return "The hire is extended."


def invoice_copy(invoice_number: int, email: str) -> str:
    """Send a copy of an invoice.

    Args:
        invoice_number: number of the invoice
        email: e-mail address
    """
    return "The copy has been sent."


def leave_word(name: str, about: str, phone: Phone | None = None) -> str:
    """Tell Mr Bremner or a mechanic something.

    Args:
        name: name of the customer
        about: what it is about
        phone: number for the reply
    """
    return "I have passed that on."
