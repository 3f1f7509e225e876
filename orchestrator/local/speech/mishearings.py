"""Corrects what Whisper mishears in English times and short replies, and small words that it writes twice.

Only where the words around leave no doubt: "half pass free" is no other thing than half past three.
"""

from __future__ import annotations

import re

HOURS = {
    "free": "three", "tree": "three", "for": "four", "fore": "four", "ate": "eight", "won": "one", "tan": "ten",
    "to": "two", "too": "two", "sex": "six", "sicks": "six", "fife": "five", "nein": "nine",
}  # fmt: skip
HOUR = rf"(?:{'|'.join(HOURS)}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|[1-9])"
# What may follow a time: nothing, a mark, the half of the day, a day, "please", what is said of it.
NEXT = (
    r"$|[.,!?;]|o'?\s?clock|[ap]\.?\s?m\b|in the|on|please|today|tomorrow|tonight"
    r"|(?:is|was|would|will|works|suits|then|or|and|if|instead|rather)\b"
)
AFTER = rf"(?=\s*(?:{NEXT}))"
PAST = re.compile(
    r"\b(half|quarter|(?:five|ten|twenty)(?=[ -](?:past|passed|pass)\b))[ -](?:past|passed|pass|parts?|paths?|paste)"
    rf"[ -]({HOUR})\b{AFTER}",
    re.IGNORECASE,
)
HAVE = re.compile(rf"(?:(?<=^)|(?<=, )|(?<=at ))have pass?(?:ed|t)?(?= {HOUR}\b{AFTER})", re.IGNORECASE)
TO = re.compile(rf"\b(quarter) (?:to|too|two|2)[ -]({HOUR})\b{AFTER}", re.IGNORECASE)
AT = re.compile(rf"\bat ({'|'.join(HOURS)})\b{AFTER}", re.IGNORECASE)
SMALL = "an?|the|to|is|my|your|and|of|for|from|on|at|we|i|i'm|it's|want|need|would|with|have|can|name"
TWICE = re.compile(rf"\b({SMALL})(?: \1\b)+", re.IGNORECASE)
CHECK_UP = r"(?=(?: (?:on|next|this))? (?:mon|tues|wednes|thurs|fri|satur|sun)day\b| tomorrow\b| at \d|[.,]|$)"
# What is written for a short word or two where nothing else can be meant: "Know that's all", "Sorry, I'm in Monday".
SHORT = (
    (re.compile(r"^know(?=,| that| it|[.!?]*$)", re.IGNORECASE), "No,"),
    (re.compile(r"^weight(?=,? (?:half|at|no|not|on|make|let|that)\b)", re.IGNORECASE), "Wait,"),
    (re.compile(r"^high(?=,? there\b|[.!?]*$)", re.IGNORECASE), "Hi"),
    (re.compile(r"\b(a|one|two|three|four|five|six|seven|\d+) knight(?=s?\b)", re.IGNORECASE), r"\1 night"),
    (re.compile(rf"\b(need|want|like|for) (?:to|a|the) check up{CHECK_UP}", re.IGNORECASE), r"\1 a check-up"),
    (re.compile(r"^(no|yes|yeah)(?= (?:at|on|not|wait|make|it's|i'd|but|sorry)\b)", re.IGNORECASE), r"\1,"),
    (re.compile(r"\b(not \d+)-(?=\d+\b)", re.IGNORECASE), r"\1, "),
    (re.compile(r"\bnever minds?\b", re.IGNORECASE), "never mind"),
    (re.compile(r"(^|[.,!?] |\b(?:mind|thanks|you|all|it|everything) )by(?=[.!?]*$)", re.IGNORECASE), r"\1bye"),
    (re.compile(r"\b(sorry,?|no,?|oh,?) (?:and )?I'm (?:in|and)(?= \w+[.!?]*$)", re.IGNORECASE), r"\1 I mean"),
    (re.compile(r"\balone of\b", re.IGNORECASE), "a loan of"),
    (re.compile(rf"\b(but|no|no,|not|or) (?:it|at|that) ({'|'.join(HOURS)})(?=[.!?]*$)", re.IGNORECASE), r"\1 at \2"),
    (re.compile(rf"\b(but|no|no,) an? ({HOUR})(?=[.!?]*$)", re.IGNORECASE), r"\1 at \2"),
)
# A question of which Whisper does not hear that it is one: "Wait when is it again."
ASKED = "is|are|do|does|did|was|were|can|could|would|will|much|many|long|far|times?"
QUESTION = re.compile(
    r"^(?P<lead>(?:(?:wait|okay|sorry|and|so|but|oh|hmm?|well|no|yes)\b[,.]? )*)"
    rf"(?:(?:what|when|where|who|how|why|which)(?:'s| (?:{ASKED})\b)|"
    r"(?:can|could|may|do|does|is|are) (?:i|you|we|it|there)\b)[^.!?]*[.?]$",
    re.IGNORECASE,
)


def corrected(text: str) -> str:
    """Return what was most likely said."""
    text = TWICE.sub(r"\1", text)
    for misheard, said in SHORT:
        text = misheard.sub(said, text)
    text = HAVE.sub("half past", text)
    text = PAST.sub(lambda found: f"{found[1]} past {_hour(found[2])}", text)
    text = TO.sub(lambda found: f"{found[1]} to {_hour(found[2])}", text)
    text = AT.sub(lambda found: f"at {_hour(found[1])}", text)
    if asked := QUESTION.match(text):
        text = f"{asked['lead'].rstrip(' ,.')}, {text[asked.end('lead') :]}" if asked["lead"] else text
        return f"{text.rstrip('.?')}?"
    return text


def _hour(word: str) -> str:
    return HOURS.get(word.lower(), word)
