"""The library's systems, for its voice agents."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

Card = Annotated[str, Field(pattern=r"^\d{7}$")]
Phone = Annotated[str, Field(pattern=r"^0\d{8,11}$")]


async def find_book(title: str, author: str | None = None) -> str:
    """Find a book in the catalogue.

    Args:
        title: title of the book
        author: author of the book
    """
    return "There are two copies, and both are in."


async def reserve_book(card: Card, title: str, branch: Literal["Northgate", "Harbour", "Westfield"]) -> str:
    """Reserve a book so that it can be picked up.

    Args:
        card: number of the library card, seven digits
        title: title of the book
        branch: where it is picked up
    """
    return "The book is reserved. You get a message as soon as it is there."


async def suggest_purchase(title: str, author: str) -> str:
    """Suggest that the library buys a book.

    Args:
        title: title of the book
        author: author of the book
    """
    return "The suggestion has been noted."


async def renew_loans(card: Card) -> str:
    """Renew all books that somebody has borrowed.

    Args:
        card: number of the library card, seven digits
    """
    return "All books are renewed for four weeks."


async def open_fines(card: Card) -> str:
    """Look up what somebody owes the library.

    Args:
        card: number of the library card, seven digits
    """
    return "There are 3 euros to pay, for a book that came back late."


async def join(name: str, birth_date: date, email: str, newsletter: bool = False) -> str:
    """Register a new member.

    Args:
        name: first name and surname
        birth_date: date of birth
        email: e-mail address
        newsletter: whether they want the newsletter
    """
    return "You are a member now. The number of your card is 4100276."


async def replace_card(name: str, birth_date: date, street: str) -> str:
    """Send a new card to a member who has lost theirs.

    Args:
        name: first name and surname
        birth_date: date of birth
        street: street and house number
    """
    return "The new card will be in the post tomorrow."


async def update_phone(card: Card, phone: Phone) -> str:
    """Change a member's telephone number.

    Args:
        card: number of the library card, seven digits
        phone: the new telephone number
    """
    return "The number has been changed."


async def book_study_room(card: Card, day: date, start: time, hours: int) -> str:
    """Book a study room.

    Args:
        card: number of the library card, seven digits
        day: the day
        start: when it begins
        hours: for how many hours
    """
    return "The room is booked. It is room five."


async def cancel_study_room(card: Card, day: date, start: time) -> str:
    """Cancel the booking of a study room.

    Args:
        card: number of the library card, seven digits
        day: the day
        start: when it begins
    """
    return "The booking is cancelled."


async def enrol_child(
    child: str, age: int, course: Literal["story hour", "puppet theatre", "robotics"], phone: Phone
) -> str:
    """Enrol a child in a course.

    Args:
        child: name of the child
        age: age in years
        course: which course
        phone: telephone number of a parent
    """
    return "The child is on the list."


async def submit_question(name: str, question: str) -> str:
    """Pass a question on to a librarian.

    Args:
        name: name of the caller
        question: the question
    """
    return "A librarian will reply to you by tomorrow."
