"""What calls cost: the prices of known models, the team's own before them, and the sum for a response's `usage`.

In US dollars for a million tokens, as OpenAI's price page had them in November 2026. Deployments at Azure have names
of their own, so that only the team can say what they are. `local` costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orchestrator.errors import Problem
from orchestrator.protocol.usage import count
from orchestrator.team import Price

if TYPE_CHECKING:
    from orchestrator.providers.choosing import Choice
    from orchestrator.team import Team

FULL = Price(text_in=4, text_cached=0.4, text_out=24, audio_in=32, audio_cached=0.4, audio_out=64)
MINI = Price(text_in=0.6, text_cached=0.06, text_out=2.4, audio_in=10, audio_cached=0.3, audio_out=20)
FREE = Price()
# Of other models we know no price; a guess would be worse than none.
PRICES = {
    "openai/gpt-realtime-2": FULL,
    "openai/gpt-realtime-2.1": FULL,
    "openai/gpt-realtime-2.1-mini": MINI,
}
MILLION = 1e6


def price_of(model: Choice | str, prices: Mapping[str, Price]) -> Price | None:
    """Return what a model (`provider/model`) costs: by the team's `prices`, else by the table; None when unknown."""
    name = model if isinstance(model, str) else model.name
    known = prices.get(name) or PRICES.get(name)
    return FREE if known is None and name.partition("/")[0] == "local" else known


def cost(usage: Any, price: Price) -> float:
    """Return the dollars of a response by its Realtime `usage`; what is missing or ill-typed counts as nothing.

    Tokens that are not split count at the dearer of the two prices, and cached ones that are not split as text: a
    limit is better reached early than late. Where the team names no price for cached tokens they cost what others do.
    """
    into, out = _part(usage, "input_token_details"), _part(usage, "output_token_details")
    hit = _part(into, "cached_tokens_details")
    text, audio = count(into, "text_tokens"), count(into, "audio_tokens")
    image = count(into, "image_tokens")  # no price of its own: as text
    rest = max(count(usage, "input_tokens") - text - audio - image, 0)
    cached_audio = min(count(hit, "audio_tokens"), audio)
    cached_text = min(max(count(into, "cached_tokens") - cached_audio, count(hit, "text_tokens")), text + image)
    written, spoken = count(out, "text_tokens"), count(out, "audio_tokens")
    silent = max(count(usage, "output_tokens") - written - spoken, 0)
    dollars = (
        (text + image - cached_text) * price.text_in
        + cached_text * _cached(price, "text_cached", price.text_in)
        + (audio - cached_audio) * price.audio_in
        + cached_audio * _cached(price, "audio_cached", price.audio_in)
        + rest * max(price.text_in, price.audio_in)
        + written * price.text_out
        + spoken * price.audio_out
        + silent * max(price.text_out, price.audio_out)
    )
    return dollars / MILLION


def unpriced(team: Team, models: Mapping[str, Sequence[Choice]]) -> list[Problem]:
    """Return a warning for each model that may run without a price although the team limits money."""
    if team.limits.money is None:
        return []
    agents: dict[str, list[str]] = {}
    for agent, choices in models.items():
        for choice in choices:
            if price_of(choice, team.prices) is None:
                agents.setdefault(choice.name, []).append(agent)
    where = team.place("limits", "money")
    return [
        Problem(
            where, f"what {model!r} costs is not known ({', '.join(names)})", "Add it under `prices:`.", fatal=False
        )
        for model, names in agents.items()
    ]


def _cached(price: Price, key: str, otherwise: float) -> float:
    return float(getattr(price, key)) if key in price.model_fields_set else otherwise


def _part(usage: Any, key: str) -> Any:
    return usage.get(key) if isinstance(usage, Mapping) else None
