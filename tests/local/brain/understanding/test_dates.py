"""Days as people say them."""

from __future__ import annotations

from datetime import date

import pytest

from orchestrator.local.brain.language import speaking
from orchestrator.local.brain.understanding import dates

SATURDAY = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("today", ["2026-11-28"]),
        ("tonight at eight", ["2026-11-28"]),
        ("tomorrow", ["2026-11-29"]),
        ("the day after tomorrow", ["2026-11-30"]),
        ("on Tuesday", ["2026-12-01"]),
        ("Saturday", ["2026-12-05"]),
        ("next Tuesday", ["2026-12-01"]),
        ("Friday next week", ["2026-12-04"]),
        ("a week on Monday", ["2026-12-07"]),
        ("in two weeks", ["2026-12-12"]),
        ("ten days from now", ["2026-12-08"]),
        ("the 12th", ["2026-12-12"]),
        ("Monday the 21st", ["2026-12-21"]),
        ("the twenty-first of December", ["2026-12-21"]),
        ("on Monday the 7th of December", ["2026-12-07"]),
        ("3 May", ["2027-05-03"]),
        ("Dec. 3", ["2026-12-03"]),
        ("3/12/2026", ["2026-03-12"]),
        ("23.12.2026", ["2026-12-23"]),
        ("13/12/2026", ["2026-12-13"]),
        ("2026-12-24", ["2026-12-24"]),
        ("Christmas Eve", ["2026-12-24"]),
        ("from Friday to Sunday", ["2026-12-04", "2026-12-06"]),
        ("from the 20th to the 23rd of December", ["2026-12-20", "2026-12-23"]),
        ("the third of May 1984", ["1984-05-03"]),
        ("the 31st of February", []),
        ("the third one", []),
        ("may I ask something", []),
        ("as soon as possible", []),
        ("sorry, Monday 21st", ["2026-12-21"]),
        ("on Friday first thing", ["2026-12-04"]),
    ],
)
def test_days_are_found(text: str, days: list[str]) -> None:
    """Words, weekdays and dates become days after today; of two, the second is not before the first."""
    assert [day.value.isoformat() for day in dates.find(text, SATURDAY)] == days


def test_next_is_next_week() -> None:
    """On a Monday, "Tuesday" is tomorrow and "next Tuesday" is not."""
    monday = date(2026, 11, 30)

    assert dates.find("Tuesday", monday)[0].value == date(2026, 12, 1)
    assert dates.find("next Tuesday", monday)[0].value == date(2026, 12, 8)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("the third of May 1984", "1984-05-03"),
        ("May 3rd, 1984", "1984-05-03"),
        ("the fifth of June nineteen ninety", "1990-06-05"),
        ("the fifth of June nineteen eighty-four", "1984-06-05"),
        ("12 July '84", "1984-07-12"),
        ("twelfth of July eighty-four", "1984-07-12"),
        ("born on the first of March, two thousand and five", "2005-03-01"),
        ("the first of March twenty twelve", "2012-03-01"),
        ("03.05.1984", "1984-05-03"),
        ("the third of May", None),
        ("tomorrow week", None),
    ],
)
def test_birthdays_have_a_year(text: str, day: str | None) -> None:
    """A day in the past is not guessed: without its year there is none."""
    found = [one for one in dates.find(text, SATURDAY, past=True) if one.dated]

    assert (found[0].value.isoformat() if found else None) == day


@pytest.mark.parametrize(
    ("code", "text", "days"),
    [
        ("de", "übermorgen um Viertel nach drei", ["2026-11-30"]),
        ("de", "morgen früh um acht", ["2026-11-29"]),
        ("de", "Guten Morgen", []),
        ("de", "nächste Woche Dienstag", ["2026-12-01"]),
        ("de", "am Dienstagnachmittag", ["2026-12-01"]),
        ("de", "Dienstag, den 1. Dezember", ["2026-12-01"]),
        ("de", "am dritten zwölften", ["2026-12-03"]),
        ("de", "am 3.12. um 10:30 Uhr", ["2026-12-03"]),
        ("de", "am Fünfzehnten", ["2026-12-15"]),
        ("de", "von Freitag bis Sonntag", ["2026-12-04", "2026-12-06"]),
        ("de", "in zwei Wochen", ["2026-12-12"]),
        ("de", "an Heiligabend", ["2026-12-24"]),
        ("de", "dritter Mai vierundachtzig", ["1984-05-03"]),
        ("de", "vom 3. bis 7. Mai", ["2027-05-03", "2027-05-07"]),
        ("de", "vom 3. Mai bis zum 7.", ["2027-05-03", "2027-05-07"]),
        ("de", "am letzten Freitag im Mai", ["2027-05-28"]),
        ("de", "am letzten Freitag", ["2026-11-27"]),
        ("de", "der zweite Montag nächsten Monats", ["2026-12-14"]),
        ("de", "Ende nächsten Monats", ["2026-12-31"]),
        ("de", "nächsten Monat am 5.", ["2026-12-05"]),
        ("fr", "du 3 au 7 mai", ["2027-05-03", "2027-05-07"]),
        ("fr", "le dernier vendredi de mai", ["2027-05-28"]),
        ("fr", "le deuxième lundi du mois prochain", ["2026-12-14"]),
        ("fr", "à la fin du mois", ["2026-11-30"]),
        ("fr", "le mois prochain, le 5", ["2026-12-05"]),
        ("es", "del 3 al 7 de mayo", ["2027-05-03", "2027-05-07"]),
        ("es", "el último viernes de mayo", ["2027-05-28"]),
        ("es", "el segundo lunes del mes que viene", ["2026-12-14"]),
        ("es", "a finales del próximo mes", ["2026-12-31"]),
        ("es", "el mes que viene, el 5", ["2026-12-05"]),
        ("it", "dal 3 al 7 maggio", ["2027-05-03", "2027-05-07"]),
        ("it", "l'ultimo venerdì di maggio", ["2027-05-28"]),
        ("it", "il secondo lunedì del mese prossimo", ["2026-12-14"]),
        ("it", "alla fine del prossimo mese", ["2026-12-31"]),
        ("it", "il mese prossimo, il 5", ["2026-12-05"]),
        ("zh", "五月三号到七号", ["2027-05-03", "2027-05-07"]),
        ("zh", "五月最后一个星期五", ["2027-05-28"]),
        ("zh", "下个月第二个星期一", ["2026-12-14"]),
        ("zh", "下个月底", ["2026-12-31"]),
        ("fr", "mardi prochain", ["2026-12-01"]),
        ("fr", "mardi de la semaine prochaine", ["2026-12-01"]),
        ("fr", "le premier décembre", ["2026-12-01"]),
        ("fr", "après-demain matin", ["2026-11-30"]),
        ("fr", "du vendredi au dimanche", ["2026-12-04", "2026-12-06"]),
        ("fr", "le trois mai mille neuf cent quatre-vingt-quatre", ["1984-05-03"]),
        ("fr", "03/05/1984", ["1984-05-03"]),
        ("es", "mañana por la mañana", ["2026-11-29"]),
        ("es", "pasado mañana", ["2026-11-30"]),
        ("es", "el martes que viene", ["2026-12-01"]),
        ("es", "el tres de mayo de mil novecientos ochenta y cuatro", ["1984-05-03"]),
        ("es", "del viernes al domingo", ["2026-12-04", "2026-12-06"]),
        ("es", "dentro de dos semanas", ["2026-12-12"]),
        ("it", "dopodomani", ["2026-11-30"]),
        ("it", "martedì della prossima settimana", ["2026-12-01"]),
        ("it", "il primo dicembre", ["2026-12-01"]),
        ("it", "il tre maggio millenovecentottantaquattro", ["1984-05-03"]),
        ("it", "da venerdì a domenica", ["2026-12-04", "2026-12-06"]),
        ("it", "tra due settimane", ["2026-12-12"]),
        ("zh", "十二月三号", ["2026-12-03"]),
        ("zh", "下周二", ["2026-12-01"]),
        ("zh", "后天", ["2026-11-30"]),
        ("zh", "下个月三号", ["2026-12-03"]),
        ("zh", "两个星期后", ["2026-12-12"]),
        ("zh", "一九八四年五月三号", ["1984-05-03"]),
        ("zh", "1984年5月3日", ["1984-05-03"]),
        ("zh", "从周五到周日", ["2026-12-04", "2026-12-06"]),
        ("zh", "十二月一日星期二", ["2026-12-01"]),
        ("zh", "一周三次", []),
    ],
)
def test_days_of_other_languages(code: str, text: str, days: list[str]) -> None:
    """Each as it is said there; "next Tuesday" is the coming one, but for Chinese, where it is next week's."""
    with speaking(code):
        assert [day.value.isoformat() for day in dates.find(text, SATURDAY)] == days


def test_names_of_days_and_months_are_known() -> None:
    """They are not names of people."""
    assert dates.is_named("Tuesday")
    assert dates.is_named("sept")
    assert not dates.is_named("Schmidt")


def test_day_of_the_month_before() -> None:
    """ "The first of May, no, the second" is in May."""
    may = date(2027, 5, 1)
    found = dates.in_month_of("the second", may, SATURDAY)

    assert found is not None
    assert found.value == date(2027, 5, 2)
    assert dates.in_month_of("on Tuesday", may, SATURDAY) is None
    assert dates.in_month_of("the thirty-first", date(2027, 4, 1), SATURDAY) is None
