"""What the caller has said so far decides how long a silence ends the turn."""

from __future__ import annotations

import pytest

from orchestrator.local.speech.end_of_turn import FINISHED, GROUPED, LIKELY, OPEN, USUAL, Asked, knows, silence_ms


def function(name: str, about: str = "", **schema: str) -> dict[str, object]:
    """Return a function with one parameter."""
    return {"name": "f", "parameters": {"properties": {name: {"type": "string", "description": about, **schema}}}}


TOOLS = (function("order_number", "the order number, five digits"), function("pin", pattern=r"^\d{4}$"))
ORDER, PIN = Asked("What is your order number?", TOOLS), Asked("Please tell me your PIN. What is it?", TOOLS)
NOTHING, PHONE = Asked("Good day.", TOOLS), Asked("What is your phone number?", TOOLS)

UNFINISHED = """
One more thing, | One more thing. | And one more thing.
Just one last question. | My number is | My number is. | my name is
I would like to | I'd like to. | I would like to... | Can you and
I want a table and | I want to cancel end. | Um. | uh
Well, | Well. | So | Actually, | I need to speak with | It's for | I want to book a table for | Can I get a table for
Monday or | the | On the | My | I have a question. | Hello, I have a question. | Hi, this is Anna. | I'm calling about
If I cancel my order | Because. | When I called yesterday.
My order is | The address is. | S-C-H-M | It's spelled S, C, H
Let me think. | Let me see. | The number is, uh | Can I also
Can you | I want to ask if | My date of birth is. | Yes, but
At half past | This is my last | Could you tell me | I want to
what times are | how much is | First of all | It's - | Hold on.
"""
COMPLETE = """
Yes. | No. | yes | Yes please. | No, thank you. | Yes, that's right. | That's right. | Exactly. | That's all. | Goodbye.
Thank you very much. | Okay, thanks, bye. | What are your opening hours? | Where is my order? | what time do you close
Are you open at the weekend? | Can you tell me a joke?
Who am I speaking to? | What is it for? | How much does it cost?
I want to cancel my order. | Please cancel my order. | I would like to speak to a person. | My package has not arrived.
Give me a person. | Hello. Where can I find your shop?
No, that's all. | I don't know what it is. | When is my next visit?
I want to pay my bill. | Put me through to billing. | There is a problem with the shower. | How long does it take?
"""
UNSURE = """
Hello. | Good morning. | Okay. | Anna. | Anna Schmidt. | My name is Anna. | On Tuesday. | At seven. | A table for four.
48213 | The third of May. | My birthday is on the third of May. | At 4 p.m. | Two nights | Hello, good morning.
I need an appointment. | I would like to book a table. | I want to come tomorrow. | The blue one. | Orders? | 19.50
"""


def listed(lines: str) -> list[str]:
    """Return the sentences of a list."""
    return [text.strip() for line in lines.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize("heard", listed(UNFINISHED))
def test_more_must_come(heard: str) -> None:
    """A comma, a hesitation, a word that asks for another, an announcement: 900 ms."""
    assert silence_ms(heard) == OPEN == 900


@pytest.mark.parametrize("heard", listed(COMPLETE))
def test_nothing_need_come(heard: str) -> None:
    """A yes, a question, a complete sentence: 270 ms."""
    assert silence_ms(heard) == FINISHED == 270


@pytest.mark.parametrize("heard", listed(UNSURE))
def test_more_may_come(heard: str) -> None:
    """Parts of sentences, names, dates, numbers of unknown length: 500 ms, as without words."""
    assert silence_ms(heard) == USUAL == 500


def test_a_sound_without_words_is_a_hesitation() -> None:
    """The recogniser leaves out "uh"."""
    assert silence_ms("") == silence_ms(" ... ") == OPEN


@pytest.mark.parametrize(
    ("asked", "heard", "expected"),
    [
        (ORDER, "48213", FINISHED), (ORDER, "4 8 2 1 3", FINISHED), (ORDER, "It's 48213.", FINISHED),
        (ORDER, "four eight two one three", FINISHED), (ORDER, "48213, please.", FINISHED),
        (ORDER, "double four 213", FINISHED),
        (ORDER, "48", OPEN), (ORDER, "4, 8, 2", OPEN), (ORDER, "It's 482,", OPEN), (ORDER, "four eight", OPEN),
        (ORDER, "482134", USUAL), (ORDER, "48213,", FINISHED), (PIN, "4711", FINISHED), (PIN, "471", OPEN),
        (NOTHING, "My order number is 48213.", FINISHED), (NOTHING, "Where is my order 482?", OPEN),
        (NOTHING, "4711", USUAL), (PHONE, "555", OPEN), (PHONE, "555 01 34", GROUPED),
        (PHONE, "0170 1234567", FINISHED),
        (NOTHING, "Call me back at 0170", OPEN), (ORDER, "Okay.", FINISHED), (NOTHING, "Okay.", USUAL),
        (ORDER, "I don't have it.", FINISHED), (ORDER, "My order number is", OPEN), (Asked("A table?"), "For 4", USUAL),
    ],
)  # fmt: skip
def test_what_was_asked_counts(asked: Asked, heard: str, expected: float) -> None:
    """A number is complete with as many digits as its function says; "okay" is an answer to a question."""
    assert silence_ms(heard, asked) == expected


# Language → what is not finished, what is, and what may be.
OTHERS = {
    "de": (
        "Mein Name ist | Ich hätte gern | Noch eine Frage, | Ich habe eine Frage. | und | Ich möchte | "
        "am | Können Sie mir | Einen Moment. | Wenn ich storniere. | Hallo, hier ist Anna Schmidt. | "
        "Meine Bestellnummer ist",
        "Ja. | Nein, danke. | Ja, genau. | Das stimmt. | Wo ist meine Bestellung? | "
        "Ich möchte meine Bestellung stornieren. | Auf Wiedersehen. | Vielen Dank. | "
        "Wann haben Sie geöffnet? | Bitte stornieren Sie die Bestellung. | Das war alles, danke. | "
        "Gibt es einen Parkplatz?",
        "Guten Tag. | Anna Schmidt. | Am Dienstag. | Um halb vier. | 48213 | Am dritten Mai | Einen Termin | Okay.",
    ),
    "fr": (
        "Je voudrais | Mon nom est | Encore une question. | et | pour | J'ai une question. | "
        "Pouvez-vous me | Un instant. | euh | Si j'annule.",
        "Oui. | Non, merci. | Oui, s'il vous plaît. | C'est exact. | Où est ma commande ? | "
        "Je voudrais annuler ma commande. | Au revoir. | Merci beaucoup. | Quand êtes-vous ouverts ? | "
        "Avez-vous un parking ? | C'est tout, merci.",
        "Bonjour. | Anna Schmidt. | Mardi. | À quinze heures. | 48213 | Le trois mai",
    ),
    "es": (
        "Quisiera | Mi nombre es | Una cosa más, | y | para | Tengo una pregunta. | ¿Puede decirme | "
        "Un momento. | eh | Si cancelo.",
        "Sí. | No, gracias. | Sí, por favor. | Es correcto. | ¿Dónde está mi pedido? | "
        "Quiero cancelar mi pedido. | Adiós. | Muchas gracias. | ¿Cuándo están abiertos? | "
        "¿Hay aparcamiento aquí? | Eso es todo, gracias.",
        "Buenos días. | Anna Schmidt. | El martes. | A las tres. | 48213 | El tres de mayo",
    ),
    "it": (
        "Vorrei | Il mio nome è | Un'altra domanda, | e | per | Ho una domanda. | Può dirmi | "
        "Un momento. | ehm | Se cancello.",
        "Sì. | No, grazie. | Sì, per favore. | È corretto. | Dov'è il mio ordine? | "
        "Vorrei cancellare il mio ordine. | Arrivederci. | Grazie mille. | Quando siete aperti? | "
        "C'è un parcheggio? | È tutto, grazie.",
        "Buongiorno. | Anna Schmidt. | Martedì. | Alle tre. | 48213 | Il tre maggio",
    ),
    "zh": (
        "我想 | 我的名字是 | 还有一个问题， | 和 | 从 | 我有一个问题。 | "
        "能不能帮我 | 等一下。 | 嗯 | 如果我取消。 | 您好，我是王芳。 | 我的订单号是",
        "对。 | 不用了，谢谢。 | 好的，谢谢。 | 是的 | 我的订单在哪里？ | "
        "我想取消我的订单。 | 再见。 | 谢谢您。 | 你们几点开门？ | 有没有停车场？ | 就这样，谢谢。 | "
        "请帮我转到客服部。 | 你们现在开门吗？",
        "您好。 | 王芳。 | 星期二。 | 下午三点半。 | 48213 | 五月三号 | 订单",
    ),
}
ROWS = [
    pytest.param(code, text.strip(), expected, id=f"{code}: {text.strip()}")
    for code, texts in OTHERS.items()
    for expected, listed_ones in zip((OPEN, FINISHED, USUAL), texts, strict=True)
    for text in listed_ones.split("|")
]


@pytest.mark.parametrize(("code", "heard", "expected"), ROWS)
def test_other_languages(code: str, heard: str, expected: float) -> None:
    """They have lists of their own, shorter ones."""
    assert silence_ms(heard, language=code) == expected


def test_languages() -> None:
    """Only those with a word list, by their code."""
    assert [knows(code) for code in ("en", "de", "fr", "es", "it", "zh", "nl", "")] == [True] * 6 + [False] * 2


@pytest.mark.parametrize(
    ("heard", "asked", "silence"),
    [
        ("At eleven.", Asked("At what time?", answered=True), FINISHED),
        ("Two", Asked("How many people?", answered=True), FINISHED),
        ("Two,", Asked("How many people?", answered=True), OPEN),
        ("Okay.", Asked("Shall I cancel it?"), FINISHED),
        ("Okay.", Asked("It is on its way. Is there anything else I can do for you?"), USUAL),
        ("Anna Schmidt.", Asked("What is your name?", likely=True), LIKELY),
        ("Anna Schmidt, and", Asked("What is your name?", likely=True), OPEN),
    ],
)
def test_an_answer_to_what_was_asked(heard: str, asked: Asked, silence: float) -> None:
    """It need not be waited for, unless it goes on."""
    assert silence_ms(heard, asked) == silence
