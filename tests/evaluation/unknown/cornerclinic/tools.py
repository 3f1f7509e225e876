"""Functions for the agents of the Corner Clinic."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

Phone = Annotated[str, Field(pattern=r"^\d{8,12}$", description="a telephone number, digits only")]
BillNumber = Annotated[str, Field(pattern=r"^\d{5}$", description="the number of the bill, five digits")]

AMOUNTS = {"20417": 120, "33012": 95, "33021": 80}


def book_dentist(name: str, day: date, at: time, reason: Literal["check-up", "cleaning", "filling"]) -> str:
    """Book an appointment with the dentist.

    Args:
        name: the patient's full name
        day: day of the appointment
        at: time of the appointment
        reason: what is to be done
    """
    return "Your appointment with the dentist is booked."


def cancel_dentist(name: str, day: date) -> str:
    """Cancel an appointment with the dentist.

    Args:
        name: the patient's full name
        day: day of the appointment
    """
    return "The appointment has been cancelled."


def book_physio(
    name: str,
    day: date,
    at: time,
    part: Literal["back", "neck", "shoulder", "knee", "foot"],
    at_home: bool = False,
) -> str:
    """Book an appointment with the physiotherapist.

    Args:
        name: the patient's full name
        day: day of the appointment
        at: time of the appointment
        part: which part of the body is to be treated
        at_home: whether the physiotherapist comes to the patient's home
    """
    return "Your physiotherapy is booked."


def move_physio(
    name: Annotated[str, "the patient's full name"],
    day: Annotated[date, "the new day"],
    at: Annotated[time, "the new time"],
) -> str:
    """Move an appointment with the physiotherapist to another day or time."""
    return "Your appointment has been moved."


def bill_amount(number: BillNumber) -> str:
    """Look up how much a bill is."""
    return f"The bill is for {AMOUNTS.get(number, 150)} pounds. It is due on the fifteenth of December."


def pay_in_parts(number: BillNumber, months: int) -> str:
    """Let the patient pay a bill in monthly parts.

    Args:
        months: over how many months
    """
    return f"You can pay in {months} months. The plan is on its way to you."


def request_document(name: str, born: date, kind: Literal["sick note", "referral", "treatment plan"]) -> str:
    """Order a document for a patient.

    Args:
        name: the patient's full name
        born: the patient's date of birth
        kind: which document
    """
    return f"The {kind} will be ready in two days."


def document_status(number: int) -> str:
    """Look up whether a document is ready.

    Args:
        number: the number of the document, four digits
    """
    if number == 4412:
        return "It is not there yet. Please call again tomorrow."
    return "The document is ready."


def report_emergency(name: str, problem: str, phone: Phone) -> str:
    """Tell the staff that an emergency is coming.

    Args:
        name: the caller's name
        problem: what has happened, or what is wrong
    """
    return "Please come right away. We are waiting for you."


def call_back(name: str, phone: Phone, about: str, urgent: bool = False) -> str:
    """Arrange that a member of staff calls back.

    Args:
        name: the caller's name
        about: what it is about
        urgent: whether the caller says that it is urgent
    """
    return "Somebody will call you back before six."
