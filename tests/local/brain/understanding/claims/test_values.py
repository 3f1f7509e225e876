"""Values whose words were found by what was learnt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest

from orchestrator.local.brain.learned.meaning import Likely
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.slots import fill, left
from orchestrator.local.brain.understanding.utterance import Context, Learnt

TODAY = date(2026, 11, 28)
NAME = Parameter("name", {"type": "string", "description": "the caller's name"}, True)
SURNAME = Parameter("surname", {"type": "string"}, True)
DOCTOR = Parameter("doctor", {"type": "string", "description": "name of the doctor", "examples": ["Doctor Chen"]}, True)
ITEM = Parameter("item", {"type": "string", "description": "what to bring"}, True)
TREATMENT = Parameter("treatment", {"type": "string", "description": "what is done, such as dyeing or perm"}, True)
ADDRESS = Parameter("address", {"type": "string"}, True)
PEOPLE = Parameter("party_size", {"type": "integer", "description": "number of people"}, True)
MINUTES = Parameter("minutes", {"type": "integer", "description": "how long"}, False)
CODE = Parameter("ref", {"type": "string", "description": "booking reference"}, True)
DAY = Parameter("day", {"type": "string", "format": "date"}, True)
DOOR = Parameter("may_stand_outside", {"type": "boolean"}, False)
MESSAGE = Parameter("message", {"type": "string"}, True)
SEAT = Parameter("seat", {"type": "string", "enum": ["window", "aisle"]}, True)


def likely(said: str, *found: tuple[str, float]) -> Likely:
    """Return how likely words are a value; no others are."""
    starts = np.array([said.index(words) for words, _ in found], int)
    ends = np.array([said.index(words) + len(words) for words, _ in found], int)
    return Likely(starts, ends, np.array([score for _, score in found], np.float32))


def hearing(said: str, **found: list[tuple[str, float]]) -> Learnt:
    """Return what was learnt of a sentence: for some parameters, how likely which words are their values."""
    return lambda text, wanted, asked: {one.name: likely(said, *found.get(one.name, ())) for one in wanted}


def read(parameter: Parameter, said: str, words: str, likelier: float, *, answer: bool = False) -> tuple[Any, str]:
    """Return what is made of words that were found, and the rest of the text."""
    context = Context(TODAY, learnt=hearing(said, **{parameter.name: [(words, likelier)]}))
    asked = parameter.name if answer else ""
    rest = left([parameter], said, context)
    return fill([parameter], said, context, asked=asked).get(parameter.name), " ".join(rest.split())


@pytest.mark.parametrize(
    ("parameter", "said", "words", "written"),
    [
        (NAME, "put it under ngozi okonkwo-bell please", "ngozi okonkwo-bell", "Ngozi Okonkwo-Bell"),
        (NAME, "Schmid, that's S C H M I D T", "Schmid", "Schmidt"),
        (NAME, "Joan Quill, J-O-A-N, Q-U-I-L-L", "Joan Quill, J-O-A-N, Q-U-I-L-L", "Joan Quill"),
        (NAME, "Tran, Minh Tran", "Tran, Minh Tran", "Minh Tran"),
        (NAME, "this is Doctor Amy Wu", "Doctor Amy Wu", "Amy Wu"),
        (SURNAME, "it's Mary Fox", "Mary Fox", "Fox"),
        (DOCTOR, "with doctor shen then", "doctor shen", "Doctor Chen"),
        (ITEM, "could I have a hair dryer please", "a hair dryer", "hair dryer"),
        (ITEM, "the kettle that was here before Monday", "the kettle that was here before Monday",
         "the kettle that was here before Monday"),
        (TREATMENT, "I'd want the Dyeing thing", "the Dyeing thing", "dyeing"),
        (ADDRESS, "it's flat six, the old brewery", "flat six, the old brewery", "flat six, the old brewery"),
    ],
)  # fmt: skip
def test_a_value_is_written_as_a_clerk_would(parameter: Parameter, said: str, words: str, written: str) -> None:
    """Names with capitals and as they are spelled, things without an article, whole clauses as they are."""
    assert read(parameter, said, words, 1.0)[0] == written


def test_the_words_of_a_value_are_no_other_value() -> None:
    """The rest of the text is for other readers."""
    assert read(ADDRESS, "it's flat six, old brewery, for two", "flat six, old brewery", 1.0)[1] == "it's , for two"


def test_what_is_no_value_is_not_taken() -> None:
    """Neither for a name nor for a form, if it was asked for and nothing like it was said."""
    assert read(ITEM, "why do you need that", "that", -6.0, answer=True)[0] is None
    assert read(ITEM, "why do you need that", "that", -1.0, answer=True)[0] is None
    assert read(PEOPLE, "one of us is coming by car, is there parking", "one", -6.0, answer=True)[0] is None


def test_rules_decide_where_what_was_learnt_is_unsure() -> None:
    """A name after "my name is", and forms that nobody asked for."""
    assert read(NAME, "My name is Ada Okafor", "Ada Okafor", -1.0)[0] == "Ada Okafor"
    assert read(MESSAGE, "tell him that I am late", "I am late", -6.0)[0] == "I am late"
    assert read(DAY, "on Friday", "Friday", -6.0)[0] == "2026-12-04"
    assert read(SEAT, "the window one", "one", -6.0, answer=True)[0] == "window"


def test_forms_are_read_where_they_were_found() -> None:
    """A code among other numbers, and a lone number if it is clearly meant."""
    assert read(CODE, "the 3 of us, it's Q R 71", "Q R 71", 2.0)[0] == "QR71"
    assert read(MINUTES, "make it forty five", "forty five", 2.0)[0] == 45
    assert read(MINUTES, "Kenji at five", "five", -6.0, answer=True)[0] is None


def test_a_flag_may_be_told() -> None:
    """Without a yes or a no; what is denied is a no."""
    told = "he can leave it at the door"
    assert read(DOOR, told, told, 2.0)[0] is True
    assert read(DOOR, "please don't leave it there", "don't leave it there", 2.0)[0] is False
    assert read(DOOR, told, told, 0.5)[0] is None
    assert read(DOOR, "no, ring twice", "ring twice", 2.0, answer=True)[0] is False


def found(said: str, asked: str, parameters: Sequence[Parameter], **likely: list[tuple[str, float]]) -> dict[str, Any]:
    """Return the values in a sentence of which it was learnt how likely which words are what."""
    nearest = {"kitten": 1, "mobile": None}.get
    context = Context(
        TODAY,
        beside=parameters,
        nearest=lambda text, values, least=0.0: nearest(text),
        learnt=hearing(said, **likely),
    )
    return fill(parameters, said, context, asked=asked)


OWNER = Parameter("owner", {"type": "string", "description": "the owner's full name"}, True)
PET = Parameter("pet", {"type": "string", "description": "name of the pet"}, True)
ANIMAL = Parameter("animal", {"type": "string", "description": "what animal it is, for example a dog"}, True)
HAPPENED = Parameter("happened", {"type": "string", "description": "what has happened"}, True)
SPECIES = Parameter("species", {"type": "string", "enum": ["dog", "cat"]}, True)
PHONE = Parameter("phone", {"type": "string"}, True)
PRODUCT = Parameter("product", {"type": "string", "description": "which food"}, True)
BAGS = Parameter("bags", {"type": "integer", "description": "number of bags"}, True)
PLATE = Parameter("plate", {"type": "string", "description": "the licence plate number"}, True)
DAYS = Parameter("days", {"type": "integer", "description": "for how many days"}, True)


def test_a_name_is_that_of_one() -> None:
    """Of those whom the caller tells apart, although another is likelier for itself."""
    said = "this is Ada Moreau, it's about my parrot Coco"
    likely = [("Ada Moreau", 3.0)]

    assert found(said, "", [OWNER, PET], owner=[("Ada Moreau", 2.0)], pet=likely) == {
        "owner": "Ada Moreau", "pet": "Coco",
    }  # fmt: skip
    assert found("Ada Moreau", "owner", [OWNER, PET], owner=[("Ada Moreau", 2.0)], pet=likely) == {
        "owner": "Ada Moreau"
    }


def test_a_thing_is_named_in_what_is_told() -> None:
    """And an example that the author gives is one, however unlikely."""
    said = "my dog has eaten a bar of chocolate"
    told = [("dog has eaten a bar of chocolate", 1.0)]

    assert found(said, "", [ANIMAL, HAPPENED], animal=[("chocolate", -1.0)], happened=told) == {
        "animal": "dog", "happened": "dog has eaten a bar of chocolate",
    }  # fmt: skip


def test_words_mean_a_listed_value() -> None:
    """Where they were found to be one, or as a whole; not where there hardly is one, unless it was asked for."""
    assert found("we got a kitten", "", [SPECIES], species=[("kitten", 1.0)]) == {"species": "cat"}
    assert found("my mobile is off", "", [SPECIES], species=[("mobile", 1.0)]) == {}
    assert found("kitten", "", [SPECIES]) == {}
    assert found("kitten", "species", [SPECIES]) == {"species": "cat"}


def test_what_is_said_beside_an_answer_is_the_other_value() -> None:
    """If only one is open that any words can be; without the answer nothing is said beside it."""
    said, likely = "0151 223344, it fell on my foot", [("it fell on my foot", -3.0)]
    number = [("0151 223344", 3.0)]

    assert found(said, "phone", [PHONE, HAPPENED], phone=number, happened=likely)["happened"] == "it fell on my foot"
    assert "happened" not in found(said, "phone", [PHONE, HAPPENED, ANIMAL], phone=number, happened=likely)
    assert "happened" not in found("it fell on my foot", "phone", [PHONE, HAPPENED], happened=likely)
    unlikely = [("it fell on my foot", -5.0)]
    assert "happened" not in found(said, "phone", [PHONE, HAPPENED], phone=number, happened=unlikely)


def test_what_only_leads_to_another_value_is_none() -> None:
    """What is left of words must be likely by itself."""
    said, number = "my number is 0160 998 877", [("0160 998 877", 3.0)]
    beside = [("my number is 0160 998 877", -1.0), ("my number is", -9.0)]

    assert found(said, "", [PHONE, MESSAGE], phone=number, message=beside) == {"phone": "0160998877"}


def test_other_values_are_no_part_of_words() -> None:
    """At their ends, and beside a comma; the number of a house is no code, and a number alone no address."""
    said = "the lamb one, two bags"
    lamb = [("lamb one, two bags", 1.0), ("lamb one", 0.5)]
    assert found(said, "", [PRODUCT, BAGS], product=lamb) == {"product": "lamb one", "bags": 2}
    at_home = "at 103 Station Road"
    house = [("103 Station Road", 2.0)]
    assert found(at_home, "address", [PLATE, ADDRESS], address=house) == {"address": "103 Station Road"}
    assert found("0151 223344", "", [PHONE, ADDRESS], address=[("0151 223344", 3.0)]) == {"phone": "0151223344"}


def test_a_name_begins_with_a_capital() -> None:
    """Of a place, all words that have one belong to it."""
    assert read(ADDRESS, "Cobbler's Row", "Row", 1.0, answer=True)[0] == "Cobbler's Row"
    assert read(ADDRESS, "For Station Road", "Station Road", 1.0, answer=True)[0] == "Station Road"


def test_a_number_counts_what_is_wanted() -> None:
    """None of a time does, nor one that hardly does; a length of time does, however it is said."""
    assert found("half past eight, I meant", "", [DAYS]) == {}
    assert found("she'll be ten", "", [DAYS]) == {}
    assert found("three days", "", [DAYS]) == {"days": 3}
    assert found("for a week", "", [DAYS]) == {"days": 7}


def test_the_number_of_a_house_is_written_once() -> None:
    """However often it is said."""
    said = "thirty, three zero, 30 Quarry Lane"
    assert read(ADDRESS, said, said, 2.0)[0] == "30 Quarry Lane"


def test_a_listed_value_is_no_name() -> None:
    """The doctor is not the patient."""
    listed = Parameter("doctor", {"type": "string", "enum": ["Bauer", "Chen"]}, True)
    said = "to see Doctor Bauer"
    context = Context(TODAY, beside=[NAME, listed], learnt=hearing(said, name=[("Bauer", 3.0)]))
    assert fill([NAME], said, context) == {}


def test_a_caller_tells_on() -> None:
    """With the clauses behind the one that was found, unless they are other values."""
    matter = Parameter("matter", {"type": "string", "description": "what is wrong"}, True)
    said = "the lift is loud and stops between floors. I am Ada"
    told = fill(
        [matter], said, Context(TODAY, beside=[matter], learnt=hearing(said, matter=[("the lift is loud", 2.0)]))
    )
    assert told == {"matter": "the lift is loud and stops between floors"}
    both = "the lift is loud, and come on Friday please"
    learnt = hearing(both, matter=[("the lift is loud", 2.0)], day=[("Friday", 2.0)])
    assert fill([matter, DAY], both, Context(TODAY, beside=[matter, DAY], learnt=learnt))["matter"] == "lift is loud"


def test_who_sends_a_caller_is_no_reason() -> None:
    """Only a title and a name."""
    reason = Parameter("reason", {"type": "string", "description": "what for"}, True)
    said = "Doctor Lindgren sends me"
    learnt = hearing(said, reason=[("Doctor Lindgren", 2.0)])
    assert fill([reason], said, Context(TODAY, beside=[reason], learnt=learnt)).get("reason") != "Doctor Lindgren"


def test_a_greeting_is_no_part_of_a_name() -> None:
    """It comes before one."""
    assert read(NAME, "Hiya, Jay Okon", "Hiya, Jay Okon", 2.0)[0] == "Jay Okon"


def test_a_wish_beside_an_answer_is_what_it_is_about() -> None:
    """The only value that is open and tells something."""
    phone = Parameter("phone", {"type": "string", "description": "telephone number"}, True)
    subject = Parameter("subject", {"type": "string", "description": "what the caller wants"}, True)
    said = "it's 0475 22 19 08, and I want to see my mistakes"
    learnt = hearing(said, phone=[("0475 22 19 08", 2.0)], subject=[("I want to see my mistakes", -6.0)])
    found = fill([phone, subject], said, Context(TODAY, beside=[phone, subject], learnt=learnt), asked="phone")
    assert found == {"phone": "0475221908", "subject": "I want to see my mistakes"}


@pytest.mark.parametrize(
    ("likelier", "asked", "values"),
    [((-2.0, 1.5), "", {"limit": 8000}), ((0.8, 1.5), "", {"card": "8000"}), ((0.1, 1.5), "card", {"card": "8000"})],
)
def test_a_number_is_whose_it_is_likelier(likelier: tuple[float, float], asked: str, values: dict[str, Any]) -> None:
    """Not that of the parameter which could be read first, unless it was asked for, or may well be."""
    card = Parameter("card", {"type": "string", "description": "last four digits of the card"}, True)
    limit = Parameter("limit", {"type": "integer", "description": "the new limit in pounds"}, True)
    said, (of_card, of_limit) = "a limit of 8000 pounds", likelier
    learnt = hearing(said, card=[("8000", of_card)], limit=[("8000", of_limit)])

    assert fill([card, limit], said, Context(TODAY, learnt=learnt), asked=asked) == values


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("it was three hundred before, and fifty is enough", 50),  # whichever a rule reads first
        ("three hundred euros, and fifty of them now", 300),  # its own word counts more
    ],
)
def test_of_two_numbers_the_likelier_is_the_value(said: str, value: int) -> None:
    """Unless words say what a number counts."""
    price = Parameter("price", {"type": "number", "description": "price in euros"}, True)
    likelier = [("three hundred", 0.0), ("fifty", 3.0)]

    assert found(said, "", [price], price=likelier) == {"price": value}


@pytest.mark.parametrize(
    ("said", "words", "written"),
    [("Leo Marsh, 0664 1209871", "Leo Marsh, 0664 1209871", "Leo Marsh"), ("Hiya", "Hiya", None)],
)
def test_no_number_and_no_greeting_is_a_name(said: str, words: str, written: str | None) -> None:
    """Whatever is found."""
    assert read(NAME, said, words, 3.0)[0] == written


@pytest.mark.parametrize("said", ["from Ashford to Millbrook, please", "to Millbrook from Ashford, please"])
def test_where_a_journey_begins_and_ends_is_told_by_the_word_before(said: str) -> None:
    """Whatever was found likelier."""
    origin = Parameter("origin", {"type": "string", "description": "where the journey begins"}, True)
    destination = Parameter("destination", {"type": "string", "description": "where it ends"}, True)
    towns = {"origin": [("Millbrook", 3.0), ("Ashford", 0.1)], "destination": [("Millbrook", 5.0), ("Ashford", 2.0)]}

    assert found(said, "", [origin, destination], **towns) == {"origin": "Ashford", "destination": "Millbrook"}
    back = {name: [("Ashford", 3.0), ("Millbrook", 2.0)] for name in towns}
    assert found(said, "", [origin, destination], **back) == {"origin": "Ashford", "destination": "Millbrook"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("It's Juniper Road", "Juniper Road"),
        ("80 Mill Lane, eight zero", "80 Mill Lane"),
        ("27 Mill Lane, and that's it", "27 Mill Lane"),
    ],
)
def test_an_address_is_no_more_and_no_less_than_that(said: str, words: str) -> None:
    """Neither what comes before it, nor its number a second time, nor a street without its number."""
    likeliest = [(said, 2.0), ("Lane", 1.0), (words, 0.5)] if "Lane" in said else [(said, 2.0)]

    assert found(said, "address", [ADDRESS], address=likeliest) == {"address": words}


@pytest.mark.parametrize(("likelier", "value"), [(3.0, "window"), (1.0, None), (-2.0, None)])
def test_words_that_are_likely_a_listed_value_may_be_less_like_it(likelier: float, value: str | None) -> None:
    """ "I've fallen ill" is hardly like "illness"."""
    said = "so that I can look out"
    learnt = hearing(said, seat=[("I can look out", likelier)])
    context = Context(TODAY, beside=[SEAT], learnt=learnt, nearest=lambda _, __, least=1.0: 0 if least < 0.4 else None)

    assert fill([SEAT], said, context).get("seat") == value
