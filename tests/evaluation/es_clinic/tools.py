"""The tools of the Spanish clinic."""

from __future__ import annotations


def book_appointment(name: str, day: str, time: str) -> str:
    """Reservar una cita.

    Args:
        name: el nombre del paciente
        day: el día de la cita
        time: la hora de la cita
    """
    return f"La cita de {name} está reservada."


def free_times(day: str) -> str:
    """Indicar las horas libres de un día.

    Args:
        day: el día
    """
    return "Hay libre a las nueve, a las once y a las tres y media."


def cancel_appointment(name: str, day: str) -> str:
    """Cancelar una cita.

    Args:
        name: el nombre del paciente
        day: el día de la cita
    """
    return "La cita está cancelada."


def explain_bill(bill_number: str) -> str:
    """Explicar una factura.

    Args:
        bill_number: el número de la factura, cinco cifras
    """
    return f"La factura {bill_number} es de un empaste, ciento cuarenta euros."


def take_message(name: str, message: str) -> str:
    """Tomar un mensaje para el equipo, que devuelve la llamada.

    Args:
        name: el nombre
        message: el mensaje
    """
    return "Gracias, lo he apuntado. Le llamarán."
