"""Tools of the bookings agent: plain functions, with docstrings that the model reads."""


def book_room(guests: int, day: str) -> str:
    """Book a room.

    Args:
        guests: number of guests
        day: day of arrival
    """
    return f"A room for {guests} on {day} is booked."
