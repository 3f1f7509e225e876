"""Every English sentence that the core tells the models, and how a response is recognised that was asked for with one.

Whoever must recognise a response (an embedded provider, a summary that comes back) reads its marker: one key in the
`metadata` of `response.create`, whose value is one of a small set. Prose is for the models alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The key in a response's `metadata`, and its values.
MARKER = "orchestrator"
EXACTLY = "exactly"  # says given words; `exact_words` returns them
GREETING = "greeting"  # greets the caller in the agent's own words
FILLER = "filler"  # says that something takes a moment
GOODBYE = "goodbye"  # ends the call in the agent's own words
APOLOGY = "apology"  # says that there is no answer
SUMMARY = "summary"  # sums up the call in text, out of band
MOST_METADATA = 16  # keys of `metadata` that the service takes

_EXACTLY = "Say exactly: "

# What an agent is asked to say in its own words.
GREET = "Greet the caller and offer your help."
LOOKING = "Tell the caller in a few words that you are looking into it and that it takes a moment. Nothing else."
APOLOGIZE = (
    "You could not answer just now, for a technical reason. Tell the caller in one sentence that you are sorry, and "
    "ask them to say it again. Nothing else."
)
ENDING = "The call ends now: {why}. Tell the caller so in one sentence and say goodbye."
LAST_WORDS = "The call ends when you have said this. Tell the caller what they still have to know, and say goodbye."
SUMMARIZE = (
    "Summarize this call for the colleague who takes over: who calls, what they want, what was found out. Facts only."
)

# What an agent is told about what happened elsewhere.
HANDED_OVER = "The caller was handed to you by {source}."
GIVEN_BACK = "You sent the caller to {source}; they are given back to you."
REASON = "Reason: {reason}"
HAND_BACK = "When you are done, call hand_back: the caller goes back to {source}."
SUMMARY_SO_FAR = "Summary of the call so far: {summary}"
SAID_SO_FAR = "What was said so far:\n{lines}"
JOINED_OTHERS = (
    "Several callers take part in this call, each with an agent of their own; yours has joined now. "
    "What was said so far, with the others' names in brackets:\n{lines}"
)
NO_GREETING = "Go on from there in your own role: no greeting, no repetition of what was said."
SAID_MEANWHILE = "Said meanwhile:\n{lines}"
SAID_BEFORE = "The caller said before: {words}"
EARLIER = "Earlier in this call: {line}"
SAID_EARLIER = "What you said and heard earlier in this call:\n{lines}"
RETURNED_LATE = "The function {name!r}, which you called before your connection dropped, returned: {output}"
DROPPED = "Your connection dropped while you were answering. Go on where you stopped; do not repeat what was said."
WORDS_LOST = (
    "Your connection dropped while the caller spoke, and their last words are lost. If they do not go on by "
    "themselves, ask them in a few words to say it again."
)
NOT_BACK_YET = (
    "The function {name!r}, which you called before your connection dropped, has not returned yet. Do not call it "
    "again: you are told what it returns."
)
ROLE = (
    "{asker} has a caller on the line and asks you. Answer {asker} in a few plain sentences: it tells the caller. "
    "You cannot ask back."
)
APPLICATION_HEADING = "# From the caller's application"  # above its instructions, which follow the agent's own

# What agents write to each other.
MESSAGE_FROM = "Message from {sender}: {text}"
MESSAGE_TO = "Message to {to}: {text}"
WRITTEN_TO = (
    "{sender} writes to you. Do with your functions what the message asks for. What you then say goes back to {sender} "
    "as a message."
)
MESSAGE_QUEUED = "Nobody is with {to} now: the message waits for the next caller there."
NO_TEXT = "Missing: text. Call {function} again with the whole message."
TOO_LONG_A_MESSAGE = "The message is longer than {most} characters. Call {function} again with a shorter one."
TOO_MANY_MESSAGES = "{most} messages wait for {to} already, and nobody has read them. Tell the caller."
TOO_MANY_STEPS = "Messages go back and forth without a word from a caller. Talk to yours first."
OCCUPIED = "while another caller of this call is with it"

# What an agent is told about a person.
WAITS_FOR = (
    "The caller waits for {person} and has been told so; they stay with you meanwhile. If they speak, answer in a few "
    "words. If they no longer want to wait, call stop_waiting."
)
WAITS_NO_MORE = "The caller no longer waits for {person}. Go on with them yourself."
NOBODY_AWAITED = "The caller waits for nobody."
WAITS_ALREADY = "The caller waits for {person!r} already. If they no longer want to, call stop_waiting."
NOTE_FROM_DESK = "A note from a colleague, for you and not for the caller: {text}"
SAY_FROM_DESK = "A colleague asks you to tell the caller this, in your own words: {text}"
INSTRUCTION_FROM_DESK = "A colleague who watches the call instructs you, from now on: {text}"
DECLINED = "A colleague has not approved this. Tell the caller that it cannot be done."
DECLINED_BECAUSE = "A colleague has not approved this ({reason}). Tell the caller that it cannot be done."
NOBODY_CAME = "The caller has waited for {person}, and {why}. Say that you are sorry, and help them yourself."
PERSON_GONE = "The connection to {person} was lost. Say that you are sorry, and help the caller yourself."

# What an agent is told about somebody outside.
CONNECTING = "The caller is told, and then connected by telephone to {agent}. Say nothing more."
NOBODY_ANSWERED = "The caller could not be connected to {agent}: {why}. Say that you are sorry, and help them yourself."
NOT_FROM_HERE = "from here, where callers cannot be connected by telephone; tell them the number instead: {number}"

# What an agent is told about keys.
WHICH_KEYS = "Give the keys to press: 1 to 32 of 0-9, * and #, and w for a pause of half a second, such as 1w4821#."
NO_SOUND = "No keys can be pressed: no sound is heard in this call."
PRESSED = "The other end hears the keys now. Wait for what it says."

# What came of a function call.
WITH_TARGET = "The caller is with {target} now."
TRANSFER_FAILED = "The transfer to {target} failed ({reason}). Tell the caller and help them yourself."
UNABLE = "it could not answer"
OUTCOME_UNKNOWN = (
    "It is not known whether this was done: the connection was lost meanwhile. Before you call {name} again, find out, "
    "or ask the caller."
)
NO_ANSWER = "{agent} did not answer: {reason}. Tell the caller, or help them yourself."

# Why a function call was refused, and what the agent can do instead.
CALL_ENDS = "The call is ending. Say goodbye."
NOT_YOURS_TO_END = "The call goes on: only the agent that has the caller can end it."
SUPERSEDED = "superseded: the caller is already being handed over."
TOO_MANY_HANDOFFS = "The caller was handed over too often in this call. Help them yourself."
JUST_CAME = "The caller just came from {agent!r} and has said nothing since. Talk to them first."
CANNOT_TAKE_OVER = "{agent!r} cannot take over {early}."
NOBODY_WAITS = "No agent is waiting to get the caller back. Help them yourself."
NOT_WANTED = "This was not done: the caller is not waiting for it."
ALREADY_YOURS = "You are {agent!r} and have the caller already. Answer them yourself."
CANNOT_BE_ASKED = "{agent!r} cannot be asked {early}."
TOO_DEEP = "{agent!r} cannot be asked from here. Answer with what you know."
TOO_MANY_CONSULTS = "Too many questions are open. Wait for their answers first."
NO_QUESTION = "Missing: question. Call {function} again with the whole question."
NOT_JSON = "The arguments are not a JSON object. Call again with valid JSON."
ASK_FIRST = "{faults}. Ask the caller, then call {function} again."
RAN_ALREADY = "{tool} can run {often} per call and has already. Tell the caller that this cannot be done again."
NO_FUNCTION = "There is no function {name!r}. Functions you can call: {known}."
NO_FUNCTIONS = "none; answer in words"
NO_SUCH_TOOL = "The server {server!r} has no tool {name!r} for you. Use another one, or answer in words."
NOT_HEARD_OF = "The tool {name!r} has not answered in time, and may still do what it was to do. Tell the caller so."
NOT_DONE = "The tool {name!r} was not called: your connection dropped before it was allowed. Call it again if need be."
NOT_LISTED = "Some tools of these servers cannot be reached now: {servers}. If you need one, tell the caller so."
NEEDS = "{what} needs {names}."
ASK_FOR = "Ask the caller for {name}."
SET_BY = "{name} is set by {tool}: call it first."
SET_BEFORE = "{name} is found out when a call begins, and was not: it cannot be had in this call."
SET_BY_OTHER = "{name} is set by {tool}, which {agents} can call."
SET_BEHIND = "{name} is set by {tool}, which {agent} can call: hand the caller over to {agent} first."
BEFORE_AGENTS = "before the caller was with {agents}"
BEFORE_KNOWN = "before these are known: {names}"


def exactly(words: str) -> str:
    """Return instructions to say something word for word; they need nothing of the agent's own."""
    return f"{_EXACTLY}{words}"


def exact_words(instructions: str) -> str | None:
    """Return the words that instructions want said word for word; None when they are others. Undoes `exactly`."""
    return instructions.removeprefix(_EXACTLY) if instructions.startswith(_EXACTLY) else None


def marked(options: Mapping[str, Any], value: str) -> dict[str, Any]:
    """Return response options with our marker beside the caller's own metadata, as far as there is room for it."""
    given = options.get("metadata") or {}
    return {**options, "metadata": {**given, MARKER: value}} if len(given) < MOST_METADATA else dict(options)


def unmarked(metadata: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return a response's metadata without our marker, as the caller gave it; None when nothing else is there."""
    if not metadata or MARKER not in metadata:
        return metadata
    return {key: value for key, value in metadata.items() if key != MARKER} or None
