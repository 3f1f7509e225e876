"""The tools of the German clinic."""

from __future__ import annotations


def book_appointment(name: str, day: str, time: str) -> str:
    """Einen Termin vereinbaren.

    Args:
        name: der Name des Patienten
        day: der Tag des Termins
        time: die Uhrzeit des Termins
    """
    return f"Der Termin für {name} ist eingetragen."


def free_times(day: str) -> str:
    """Freie Termine an einem Tag nennen.

    Args:
        day: der Tag
    """
    return "Frei sind neun Uhr, elf Uhr und halb vier."


def cancel_appointment(name: str, day: str) -> str:
    """Einen Termin absagen.

    Args:
        name: der Name des Patienten
        day: der Tag des Termins
    """
    return "Der Termin ist abgesagt."


def explain_bill(bill_number: str) -> str:
    """Eine Rechnung erklären.

    Args:
        bill_number: die Rechnungsnummer, fünf Ziffern
    """
    return f"Die Rechnung {bill_number} ist für eine Füllung, hundertvierzig Euro."


def take_message(name: str, message: str) -> str:
    """Eine Nachricht für das Team aufnehmen, das zurückruft.

    Args:
        name: der Name
        message: die Nachricht
    """
    return "Danke, das habe ich notiert. Eine Kollegin ruft Sie zurück."
