"""The tools of the French clinic."""

from __future__ import annotations


def book_appointment(name: str, day: str, time: str) -> str:
    """Prendre un rendez-vous.

    Args:
        name: le nom du patient
        day: le jour du rendez-vous
        time: l'heure du rendez-vous
    """
    return f"Le rendez-vous de {name} est noté."


def free_times(day: str) -> str:
    """Indiquer les heures libres d'un jour.

    Args:
        day: le jour
    """
    return "Il reste neuf heures, onze heures et quinze heures trente."


def cancel_appointment(name: str, day: str) -> str:
    """Annuler un rendez-vous.

    Args:
        name: le nom du patient
        day: le jour du rendez-vous
    """
    return "Le rendez-vous est annulé."


def explain_bill(bill_number: str) -> str:
    """Expliquer une facture.

    Args:
        bill_number: le numéro de la facture, cinq chiffres
    """
    return f"La facture {bill_number} est pour un plombage, cent quarante euros."


def take_message(name: str, message: str) -> str:
    """Prendre un message pour l'équipe, qui rappelle.

    Args:
        name: le nom
        message: le message
    """
    return "Merci, c'est noté. On vous rappelle."
