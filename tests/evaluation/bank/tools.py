"""The tools of the bank."""

from __future__ import annotations

import datetime
from typing import Literal

Branch = Literal["Harbour Street", "Station Square"]


def balance(account_number: str) -> str:
    """Tell how much money is in an account.

    Args:
        account_number: the customer's account number, eight digits
    """
    return "The balance is 1204 euros."


def send_statement(account_number: str, month: str, email: str) -> str:
    """Send the statement of an account for one month by e-mail.

    Args:
        account_number: the customer's account number, eight digits
        month: the month of the statement
        email: the e-mail address
    """
    return f"The statement for {month} is on its way."


def send_money(recipient: str, recipient_account: str, amount: float, day: datetime.date) -> str:
    """Transfer money to somebody.

    Args:
        recipient: the name of the person or company who gets the money
        recipient_account: the recipient's account number, eight digits
        amount: how much, in euros
        day: on which day
    """
    return f"The transfer to {recipient} is booked."


def standing_order(
    recipient: str, amount: int, every: Literal["week", "month", "quarter"], first_day: datetime.date
) -> str:
    """Set up a standing order, a payment that is repeated.

    Args:
        recipient: the name of the person or company who gets the money
        amount: how much each time, in euros
        every: how often it is paid
        first_day: the day of the first payment
    """
    return "The standing order is set up."


def block_card(card_number: str, reason: Literal["lost", "stolen", "damaged"]) -> str:
    """Block a card.

    Args:
        card_number: the last four digits of the card
        reason: what happened to the card
    """
    return f"The card {card_number} is blocked."


def order_card(kind: Literal["debit", "credit"], branch: Branch) -> str:
    """Order a new card.

    Args:
        kind: the kind of card
        branch: the branch where the customer picks it up
    """
    return f"You can pick it up at {branch} in five days."


def report_payment(card_number: str, amount: float, day: datetime.date) -> str:
    """Report a payment by card that the customer did not make.

    Args:
        card_number: the last four digits of the card
        amount: the amount in euros
        day: the day of the payment
    """
    return "We look into it, and you get the money back within a week."


def monthly_rate(amount: int, years: int) -> str:
    """Work out what a loan costs each month.

    Args:
        amount: the amount of the loan in euros
        years: over how many years it is paid back
    """
    return f"You would pay {amount // (12 * years) + 30} euros a month."


def book_meeting(name: str, topic: str, day: datetime.date, time: str, branch: Branch) -> str:
    """Make an appointment with an adviser at a branch.

    Args:
        name: the customer's name
        topic: what the customer wants to talk about
        day: the day of the appointment
        time: the time of the appointment
        branch: which branch
    """
    return f"Our adviser expects you at {branch}."


def order_currency(currency: Literal["dollars", "pounds", "francs", "yen"], amount: int, day: datetime.date) -> str:
    """Order foreign money.

    Args:
        currency: which money
        amount: for how many euros
        day: the day when the customer picks it up
    """
    return f"Your {currency} are ordered."


def take_message(name: str, phone: str, message: str) -> str:
    """Take a message for the staff.

    Args:
        name: the customer's name
        phone: the telephone number
        message: the message
    """
    return "Thank you. A colleague will call you back today."
