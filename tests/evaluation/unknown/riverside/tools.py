"""What the voice agents of Riverside Surgery can do."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

Phone = Annotated[str, Field(pattern=r"^\d{7,11}$", description="a telephone number, digits only")]


def book_appointment(
    name: str,
    day: date,
    at: time,
    doctor: Literal["Hughes", "Shah"] | None = None,
    by_phone: bool = False,
) -> str:
    """Book an appointment with a doctor.

    Args:
        name: the patient's full name
        day: the day of the appointment
        at: the time of the appointment, we are open from eight to six
        doctor: the doctor, if the patient wants a certain one
        by_phone: whether the doctor calls the patient instead of seeing them
    """
    if by_phone:
        return "The appointment is booked. The doctor will call you."
    return "The appointment is booked. Please come five minutes early."


def cancel_appointment(name: str, day: date) -> str:
    """Cancel an appointment.

    Args:
        name: the patient's full name
        day: the day of the appointment
    """
    return "The appointment is cancelled."


def free_times(day: date) -> str:
    """Look up which times are free on a day."""
    return "Nine o'clock, half past eleven and three in the afternoon are free."


def order_repeat(name: str, birth_date: date, medicine: str) -> str:
    """Order a repeat prescription.

    Args:
        name: the patient's full name
        birth_date: the patient's date of birth
        medicine: the medicine that is needed again
    """
    return "It is ordered, and will be at the pharmacy in two working days."


def prescription_ready(
    number: Annotated[str, Field(pattern=r"^\d{6}$", description="the number of the prescription, six digits")],
) -> str:
    """Find out whether a prescription is ready."""
    if number == "417290":
        return "That prescription is not ready yet. It will be ready tomorrow."
    return "That prescription is ready at the pharmacy."


def test_result(reference: int) -> str:
    """Read out the result of a test.

    Args:
        reference: the reference number, it is on the form that the patient was given
    """
    if reference == 55077:
        return "The result is not here yet. We expect it in two days."
    return "Everything is normal, only the cholesterol is a little high."


def book_vaccination(name: str, vaccine: Literal["flu", "tetanus", "hepatitis", "yellow fever"], day: date) -> str:
    """Book a vaccination.

    Args:
        name: the patient's full name
        vaccine: against what
        day: the day of the vaccination
    """
    return "The vaccination is booked. Please come between two and four, and bring your vaccination card."


def change_phone(name: str, birth_date: date, phone: Phone) -> str:
    """Change the telephone number in a patient's record.

    Args:
        name: the patient's full name
        birth_date: the patient's date of birth
        phone: the new number
    """
    return "Your new number is saved."


def request_letter(
    name: str, kind: Literal["sick note", "referral letter", "travel letter"], by_post: bool = False
) -> str:
    """Order a letter from the doctor.

    Args:
        name: the patient's full name
        kind: which letter
        by_post: whether it is sent by post instead of being picked up
    """
    return "The letter is ordered. It will be ready in a week."


def take_message(name: str, phone: Phone, message: str) -> str:
    """Take a message for the practice manager.

    Args:
        name: the caller's name
        phone: the number to call back
        message: what the caller wants to say
    """
    return "I have noted that. Mrs Doyle will call you back today."
