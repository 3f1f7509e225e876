"""The tools of the Italian clinic."""

from __future__ import annotations


def book_appointment(name: str, day: str, time: str) -> str:
    """Prenotare un appuntamento.

    Args:
        name: il nome del paziente
        day: il giorno dell'appuntamento
        time: l'ora dell'appuntamento
    """
    return f"L'appuntamento di {name} è prenotato."


def free_times(day: str) -> str:
    """Indicare gli orari liberi di un giorno.

    Args:
        day: il giorno
    """
    return "Sono liberi le nove, le undici e le tre e mezza."


def cancel_appointment(name: str, day: str) -> str:
    """Annullare un appuntamento.

    Args:
        name: il nome del paziente
        day: il giorno dell'appuntamento
    """
    return "L'appuntamento è annullato."


def explain_bill(bill_number: str) -> str:
    """Spiegare una fattura.

    Args:
        bill_number: il numero della fattura, cinque cifre
    """
    return f"La fattura {bill_number} è per un'otturazione, centoquaranta euro."


def take_message(name: str, message: str) -> str:
    """Prendere un messaggio per lo studio, che richiama.

    Args:
        name: il nome
        message: il messaggio
    """
    return "Grazie, ho preso nota. La richiameranno."
