"""The tools of the utility."""

from __future__ import annotations

import datetime
from typing import Literal


def submit_reading(meter_number: str, reading: int, day: datetime.date) -> str:
    """Take the reading of a meter.

    Args:
        meter_number: the number of the meter, six digits
        reading: what the meter shows, in kilowatt hours
        day: the day when it was read
    """
    return f"Thank you, I have noted {reading} kilowatt hours."


def report_outage(address: str, phone: str) -> str:
    """Report that there is no power.

    Args:
        address: street and house number
        phone: a telephone number for questions
    """
    return "Our team is on its way. It takes about two hours."


def internet_help(problem: Literal["no connection", "slow", "red light on the router"]) -> str:
    """Help with internet that does not work as it should.

    Args:
        problem: what is wrong
    """
    return "Please unplug the router, wait ten seconds, and plug it in again."


def book_technician(customer_number: str, day: datetime.date, time: datetime.time) -> str:
    """Send a technician to the customer.

    Args:
        customer_number: the customer number, five digits
        day: the day of the visit
        time: the time of the visit
    """
    return "The technician will be there."


def register_move(customer_number: str, new_address: str, moving_day: datetime.date) -> str:
    """Move the contract to a new address.

    Args:
        customer_number: the customer number, five digits
        new_address: the new street and house number
        moving_day: the day of the move
    """
    return "Your contract moves with you."


def explain_bill(customer_number: str) -> str:
    """Explain the last bill.

    Args:
        customer_number: the customer number, five digits
    """
    return "You have used 410 kilowatt hours, which is more than usual."


def send_bill(customer_number: str, month: str, email: str) -> str:
    """Send a bill again by e-mail.

    Args:
        customer_number: the customer number, five digits
        month: the month of the bill
        email: where to send it
    """
    return f"The bill for {month} is on its way."


def change_instalment(customer_number: str, amount: int) -> str:
    """Change how much a customer pays every month.

    Args:
        customer_number: the customer number, five digits
        amount: the new monthly instalment, in euros
    """
    return f"From now on you pay {amount} euros a month."


def change_tariff(customer_number: str, tariff: Literal["basic", "green", "night"], start: datetime.date) -> str:
    """Change the tariff of a customer.

    Args:
        customer_number: the customer number, five digits
        tariff: the new tariff
        start: the day from which it holds
    """
    return f"You are in the {tariff} tariff then."


def call_back(name: str, phone: str, time: datetime.time) -> str:
    """Have one of our staff call the customer.

    Args:
        name: the customer's name
        phone: the telephone number
        time: when to call
    """
    return "We will call you."
