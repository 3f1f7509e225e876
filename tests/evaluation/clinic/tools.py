"""The tools of the clinic."""

from __future__ import annotations


def book_appointment(name: str, day: str, time: str, treatment: str = "") -> str:
    """Book an appointment.

    Args:
        name: the patient's full name
        day: the day of the appointment
        time: the time of the appointment
        treatment: what is to be done, such as cleaning, check-up or filling
    """
    return f"The appointment for {name} is booked."


def free_times(day: str) -> str:
    """Tell which times are free on a day.

    Args:
        day: the day
    """
    return "Free are nine o'clock, eleven o'clock and half past three."


def cancel_appointment(name: str, day: str) -> str:
    """Cancel an appointment.

    Args:
        name: the patient's full name
        day: the day of the appointment
    """
    return "The appointment is cancelled."


def find_appointment(name: str, birth_date: str) -> str:
    """Find out when a patient's next appointment is.

    Args:
        name: the patient's full name
        birth_date: the patient's date of birth
    """
    return "Your next appointment is on 2026-12-14 at 10:00."


def explain_bill(bill_number: str) -> str:
    """Explain a bill.

    Args:
        bill_number: the number of the bill, five digits
    """
    return f"Bill {bill_number} is for a filling, 140 euros."


def payment_plan(bill_number: str, months: int) -> str:
    """Set up a payment plan for a bill.

    Args:
        bill_number: the number of the bill, five digits
        months: the number of months
    """
    return f"You pay bill {bill_number} in {months} months."


def advice(symptom: str) -> str:
    """Give advice about pain, swelling, bleeding or another symptom.

    Args:
        symptom: what the patient suffers from
    """
    return "Please cool it from outside and do not chew on that side."


def ask_for_callback(name: str, phone: str) -> str:
    """Ask the dentist to call a patient back.

    Args:
        name: the patient's name
        phone: the telephone number
    """
    return "The dentist will call you back today."


def send_records(name: str, birth_date: str, email: str) -> str:
    """Send a patient's x-rays or records by e-mail.

    Args:
        name: the patient's full name
        birth_date: the patient's date of birth
        email: the e-mail address to send them to
    """
    return "The records are on their way."


def take_message(name: str, message: str) -> str:
    """Take a message for the staff, who call back.

    Args:
        name: the caller's name
        message: the message
    """
    return "Thank you, I have noted it. A colleague will call you back."
