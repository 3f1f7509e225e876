"""Checks of what is called around a call: it is not relied on before, and has one receiver after, who can verify it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from orchestrator.errors import Problem
from orchestrator.outside.addresses import HOST
from orchestrator.outside.proxies import is_this_machine
from orchestrator.team.hooks.keys import AfterCall
from orchestrator.team.schema import Team

SHORTEST_SECRET = 16  # characters; shorter ones can be guessed
MAKE = "Make one with: openssl rand -hex 32."
EITHER = "Write `after: agents/crm.py:log_call`, or the url and secret of an address."


def check_hooks(team: Team) -> Iterator[Problem]:
    """Report what is wrong with `before` and `after`, then what is worth a warning."""
    yield from _relied_on(team)
    yield from _after(team)


def check_kept(team: Team, records: str) -> Iterator[Problem]:
    """Warn of finished calls that are not kept until they are delivered; `records` is `ORCHESTRATOR_RECORDS`."""
    if team.after_call is not None and records == "none":
        what = "finished calls that are not delivered before the server stops are lost: ORCHESTRATOR_RECORDS is none"
        yield Problem(team.place("after"), what, "Set it to a database, such as sqlite:///calls.db.", fatal=False)


def _relied_on(team: Team) -> Iterator[Problem]:
    """Warn of a first agent that cannot do without what `before` finds out."""
    first = team.agents.get(team.start)
    if team.before_call is None or first is None:
        return
    for name in sorted(first.mentions):
        variable = team.variables.get(name)
        if variable is not None and variable.default is None and variable.set_by == team.before_call.name:
            what = f"calls fail whenever `before` does not set {name!r}: {team.start!r} cannot begin without it"
            remedy = f"Give it a default: `variables: {{{name}: {{default: unknown}}}}`."
            yield Problem(team.place("variables", name), what, remedy, fatal=False)


def _after(team: Team) -> Iterator[Problem]:
    """Report an `after` that could not be given a call, or only without a signature; warn of one in the clear."""
    after = team.after_call
    if after is None or team.gaps & {team.place("after", key) for key in AfterCall.model_fields}:
        return  # what is not there is reported already
    if after.tool is not None and after.url is not None:
        yield Problem(team.place("after"), "a function and an address", "Keep one of them: `tool` or `url`.")
    elif after.url is not None:
        yield from _url(team, after.url)
        yield from _secret(team, after)
    elif after.tool is None:
        yield Problem(team.place("after"), "neither a function nor an address", EITHER)
    elif after.secret is not None:
        remedy = "Remove it: only requests to an address (`url`) are signed."
        yield Problem(team.place("after", "secret"), "'secret' has no effect: a function is called directly", remedy)


def _url(team: Team, url: str) -> Iterator[Problem]:
    where = team.place("after", "url")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        fit = bool(HOST.fullmatch(host)) and url.isprintable() and " " not in url and parts.port != 0
    except ValueError:  # brackets, or a port out of range
        fit = False
    if not fit or parts.scheme not in ("http", "https"):
        yield Problem(where, "not an address that a call can be posted to", "Write https://host/path.")
    elif parts.scheme == "http" and not is_this_machine(host):
        what = "what callers said would travel unencrypted"
        yield Problem(where, what, "Use https://, unless the network is your own.", fatal=False)


def _secret(team: Team, after: AfterCall) -> Iterator[Problem]:
    where, secret = team.place("after", "secret"), after.secret
    if secret is None:
        what = "the key 'secret' is missing: the receiver could not tell who posts to it"
        yield Problem(team.place("after"), what, f'Add `secret: "${{CALLS_SECRET}}"`. {MAKE}')
    elif len(secret.get_secret_value()) < SHORTEST_SECRET:
        yield Problem(where, f"the secret has fewer than {SHORTEST_SECRET} characters and can be guessed", MAKE)
