"""How much of teams that were kept apart is understood."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.local.brain.learned import network
from orchestrator.local.brain.learned.meaning import Meaning
from orchestrator.local.brain.learned.weights import Weights
from orchestrator.local.brain.learned.wordpieces import WordPieces
from tests.learning.examples import AGENT, WANTS, Example
from tests.learning.trained import Changes


def judge(plain: Weights, pieces: WordPieces, learnt: Changes, teams: Sequence[Example]) -> str:
    """Return how many functions, agents and doings are right."""
    changed = network.adapted(plain, learnt) if "0.query.in" in learnt else plain
    meaning = Meaning(changed, pieces, learnt)
    functions = agents = wants = doings = sentences = 0
    for team in teams:
        described = {name: ways[0] for name, ways in team.candidates.items()}
        meaning.remember(described.values())
        for one in team.sentences:
            sentences += 1
            doing = meaning.doing(one.said, one.pending)
            doings += max(doing, key=doing.__getitem__) is one.doing
            if one.doing not in WANTS or not one.meant or any(name.startswith(AGENT) for name in one.meant):
                continue
            scores = dict(zip(described, meaning.match(one.said, list(described.values())), strict=True))
            best = max(scores, key=scores.__getitem__)
            wants += 1
            functions += (
                max((name for name in scores if not name.startswith(AGENT)), key=scores.__getitem__) in one.meant
            )
            agents += team.owner[best] in {team.owner[name] for name in one.meant}
    shares = (("function", functions, wants), ("agent", agents, wants), ("doing", doings, sentences))
    return ", ".join(f"{what} {right} of {all_} ({right / all_:.1%})" for what, right, all_ in shares)
