"""Makes the corpus of recorded calls anew: `python -m tests.replay.record [NAME …]`.

Each is a whole call of the tests, over real sockets, with records. A record that is made anew differs in its times and
ids; what is in the repository is kept as it is, so that records of older versions stay readable.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestrator.records import Archive, Filter
from tests import (
    test_calls,
    test_dispatch,
    test_ending,
    test_people,
    test_seats,
    test_silent_models,
    test_teamwork,
)
from tests.replay.contexts import every_context

CORPUS = Path(__file__).parent / "corpus"
RECORDS = "ORCHESTRATOR_RECORDS"
CALLS: Mapping[str, Callable[[], Awaitable[None]]] = {
    "contexts": every_context,
    "farewell": test_calls.test_p16_the_farewell_is_not_clipped,
    "source-drops": test_calls.test_the_source_drops_during_a_handoff,
    "speaks-during-handoff": test_calls.test_the_caller_speaks_during_a_handoff,
    "barge-in": test_calls.test_a_barge_in_cuts_the_agents_item_to_what_the_client_says_was_heard,
    "session-lost": test_calls.test_p32_an_upstream_drop_is_not_silence,
    "transfer-fails": test_calls.test_p10_a_failed_transfer_is_reported_and_the_old_agent_speaks,
    "hop-limit": test_calls.test_p11_the_hop_limit_ends_a_loop,
    "rules": test_teamwork.test_nobody_gets_to_billing_without_verification,
    "consult": test_teamwork.test_p24_a_consult_goes_on_in_the_background_with_a_filler,
    "bridge": test_teamwork.test_a_bridge_is_heard_in_the_old_voice_before_the_new_one,
    "tokens": test_teamwork.test_p37_a_call_that_has_used_up_its_tokens_says_goodbye,
    "goodbye": test_ending.test_p70_the_agent_says_goodbye_and_the_call_ends,
    "apology": test_silent_models.test_p47_an_apology_is_heard_when_no_model_answers,
    "person": test_people.test_a_person_runs_a_tool_and_gives_the_caller_back_with_a_note,
    "nobody-comes": test_people.test_nobody_takes_the_call_in_time,
    "seats": test_seats.test_a_message_waits_for_a_caller,
    "emergency": test_dispatch.test_the_emergency_desk,
}


def record(name: str) -> list[str]:
    """Hold a call; return the lines of its record."""
    with TemporaryDirectory() as folder:
        before = os.environ.get(RECORDS, "none")
        os.environ[RECORDS] = f"sqlite:///{folder}/calls.db"
        try:
            asyncio.run(CALLS[name]())  # type: ignore[arg-type]
            archive = Archive(os.environ[RECORDS])
            (call, *_) = archive.find(Filter(limit=1))
            return list(archive.lines(call["id"]))
        finally:
            os.environ[RECORDS] = before


def main(names: list[str]) -> int:
    """Make these records anew, or all; one whose call did not go as its test wants is left as it is."""
    CORPUS.mkdir(exist_ok=True)
    failed = 0
    for name in names or CALLS:
        try:
            lines = record(name)
        except (AssertionError, TimeoutError) as error:
            failed = 1
            sys.stdout.write(f"{name}: {type(error).__name__} {error}\n")
        else:
            (CORPUS / f"{name}.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
            sys.stdout.write(f"{name}: {len(lines)} lines\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
