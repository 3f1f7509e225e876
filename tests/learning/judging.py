"""How much of teams that were kept apart is understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from orchestrator.local.brain.learned import network
from orchestrator.local.brain.learned.meaning import Meaning
from orchestrator.local.brain.learned.weights import Weights
from orchestrator.local.brain.learned.wordpieces import WordPieces
from tests.learning.examples import AGENT, FACT, WANTS, Example, Sentence
from tests.learning.trained import Changes

AROUND = " .,!?"  # what does not count around a value


def judge(plain: Weights, pieces: WordPieces, learnt: Changes, teams: Sequence[Example]) -> str:
    """Return how many of what is meant, of doings and values are right, and for how many parameters one is made up."""
    changed = network.adapted(plain, learnt) if "0.query.in" in learnt else plain
    meaning = Meaning(changed, pieces, learnt)
    right: Counter[str] = Counter()
    among: Counter[str] = Counter()
    for team in teams:
        described = {name: ways[0] for name, ways in team.candidates.items()}
        meaning.remember([*described.values(), *(ways[0] for ways in team.parameters.values())])
        for one in team.sentences:
            found = {**_values(meaning, team, one), "doing": _does(meaning, one)}
            if one.doing in WANTS and one.meant:
                scores = dict(zip(described, meaning.match(one.said, list(described.values())), strict=True))
                found |= {what: [right] for what, right in _means(team, one, scores).items()}
            for what, results in found.items():
                right[what] += sum(results)
                among[what] += len(results)
    return ", ".join(f"{what} {right[what]} of {among[what]} ({right[what] / among[what]:.1%})" for what in among)


def _means(team: Example, one: Sentence, scores: Mapping[str, float]) -> dict[str, bool]:
    """Return whether the likeliest function or fact is one that is meant, and whether its agent is."""
    facts = {name: score for name, score in scores.items() if name.startswith(FACT)}
    able = {name: score for name, score in scores.items() if not name.startswith((FACT, AGENT))}
    owned = {name: score for name, score in scores.items() if name in team.owner}
    found = {}
    if one.meant & facts.keys():
        found["fact"] = _best(facts) in one.meant
    if one.meant & able.keys():
        found["function"] = _best(able) in one.meant
        found["agent"] = team.owner[_best(owned)] in {team.owner[name] for name in one.meant & able.keys()}
    if facts and one.meant & (able.keys() | facts.keys()):
        found["function or fact"] = _best(able | facts) in one.meant
    return found


def _best(scores: Mapping[str, float]) -> str:
    return max(scores, key=scores.__getitem__)


def _does(meaning: Meaning, one: Sentence) -> list[bool]:
    doing = meaning.doing(one.said, one.pending)
    return [max(doing, key=doing.__getitem__) is one.doing]


def _values(meaning: Meaning, team: Example, one: Sentence) -> dict[str, list[bool]]:
    """Return for each parameter that has a value whether it was found, and for the others whether none was."""
    texts = [team.parameters[name][0] for name in one.values]
    at = list(one.values).index(one.asked) if one.asked in one.values else None
    found = [next(iter(likely.best(1)), None) for likely in meaning.likely(one.said, texts, at, other=bool(one.asked))]
    results: dict[str, list[bool]] = {"value": [], "no value": []}
    for words, value in zip(one.values.values(), found, strict=True):
        told = "" if value is None or value.likelier < 0 else one.said[value.start : value.end].strip(AROUND)
        results["no value" if words is None else "value"].append(told == (words or "").strip(AROUND))
    return results
