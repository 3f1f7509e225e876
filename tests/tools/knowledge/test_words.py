"""What is found by words alone."""

from __future__ import annotations

from orchestrator.tools.knowledge.words import Words, terms


def test_filling_words_and_case_do_not_count() -> None:
    """Longer words are compared by their parts, and Chinese by pairs of signs."""
    assert terms("Do you take the CARD?") == ["card"]
    assert terms("Mastercard") == ["mast", "aste", "ster", "terc", "erca", "rcar", "card"]
    assert terms("请问停车场在哪里") == ["停车", "车场"]
    assert terms("车") == ["车"]
    assert terms("a 7.") == ["7"]


def test_the_passage_with_the_rare_words_wins() -> None:
    """A word that all passages have tells nothing; one within a compound counts."""
    words = Words(["Der Hof hat auf. Die Restmülltonne wird geleert.", "Der Hof hat Hunde.", "Der Hof ist zu."])

    scores = words.scores("Wann wird der Müll am Hof geholt?")
    assert max(scores) == scores[0]
    assert 0 < max(scores[1:]) < scores[0] / 2


def test_all_of_a_questions_words_make_a_high_score() -> None:
    """It stays between 0 and 1, however often they are there."""
    words = Words(["cash " * 50, "cards"])

    assert 0.9 < words.scores("cash?")[0] <= 1
    assert words.scores("cash?")[1] == 0
    assert words.scores("do you?") == [0, 0]
    assert Words([]).scores("cash") == []
