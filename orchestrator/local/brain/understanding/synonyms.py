"""Groups of words that mean the same in calls to a service.

The encoder was not trained on invoices and parcels: it puts "call off" nearer to "book" than to "cancel". This short
list of synonyms that callers and authors use makes up for it. It is English and covers services in general, no one
trade.
"""

from __future__ import annotations

import re

# Name of a group → the expressions in it. The names are never shown to anyone.
GROUPS = {
    "cancel": r"cancel\w*|call(?:ed|ing)? (?:it |that )?off|(?:can't|cannot|won't) (?:make|come)|changed my mind|"
    r"(?:don't|do not|no longer) (?:want|need)(?: \w+){0,3} (?:any ?(?:more|longer)|now)|"
    r"no longer (?:want|need)|withdraw|get rid of|take back my order",
    "change": r"chang(?:e|ed|ing)|mov(?:e|ed|ing)|reschedul\w+|postpon\w+|instead|put off|another (?:day|date|time)",
    "book": r"book(?:ed|ing|ings)?|reserv\w+|schedul\w+|appointments?|arrang\w+",
    "bill": r"bills?|billed|billing|invoices?|charg(?:e|es|ed|ing)|accounts department|accounting",
    "refund": r"refund\w*|(?:my|the|your) money (?:back|returned)|money back|reimburs\w+|compensat\w+",
    "pay": r"pay(?:s|ing|ment|ments)?|paid|owe|(?:send|transfer|wire) (?:money|[\d.,]+ (?:euros?|dollars?|pounds?))",
    "price": r"prices?|costs?|how much (?:is|are|does|do|for)|expensive|cheap|fees?|rates?",
    "parcel": r"orders?|ordered|parcels?|packages?|deliver(?:y|ies|ed)?|shipment|ship(?:ped|ping)?|purchase[sd]?|"
    r"bought",
    "whereabouts": r"where(?:'s| is| are)|status|track(?:ing)?|arriv\w+|(?:on|under) (?:its|the|their) way|"
    r"when (?:will|do|does|is) (?:\w+ ){1,3}(?:come|get here|coming)|show(?:ed)? up|turn(?:ed)? up|come yet",
    "broken": r"brok\w+|(?:doesn't|does not|don't|do not|didn't|won't|will not|not|stopped|stops|nothing) "
    r"(?:work\w*|start\w*|turn\w*|switch\w*|open\w*|light\w*|charg\w+)|crash\w*|defect\w*|fault\w*|fail\w*|"
    r"leak\w*|noises?|dead|keeps? \w+ing|by itself|(?:is|are|been|went|goes) (?:down|off|gone)|restart\w*|"
    r"out of order|damaged?|problems? with|frozen|freez\w+|error",
    "repair": r"repair\w*|engineers?|technicians?|mechanic|mend|fix(?:ed|ing)?|service ?man|"
    r"come (?:round|over|out|by|and (?:have a )?look)|drop by",
    "person": r"human(?: being)?|persons?|somebody real|someone real|real people|manager|supervisor|boss|operator|"
    r"representative|a colleague|in charge|(?:not|\w+n't|no) (?:\w+ ){0,4}(?:machine|robot|computer)",
    "message": r"messages?|(?:call|ring|phone)(?:ed|ing|s)? (?:me |us |you |them )?back|(?:call|ring|phone) me|"
    r"callback|voicemail",
    "login": r"pass ?words?|log(?:ged|ging)? ?(?:in|on)|logins?|sign(?:ed)? in|locked out",
    "internet": r"internet|wi-?fi|network|broadband|connection|online",
    "place": r"shops?|stores?|address|located|location",
    "hours": r"open(?:ing)?|clos(?:e|es|ed|ing)|hours",
    "lost": r"lost|gone|missing|stolen|stole|disappeared|never (?:came|arrived|got|received)|cannot find|can't find",
    "baggage": r"bags?|baggage|luggage|suitcases?",
    "flight": r"flights?|planes?|fly|flying",
    "complaint": r"complain\w*|unhappy|angry|ridiculous|terrible|dissatisfied|disappoint\w+|unacceptable",
    "loan": r"loans?|borrow\w*|mortgages?",
    "balance": r"balance|how much (?:money )?(?:do i have|have i got|is (?:in|on|left))",
    "ill": r"pain\w*|hurt\w*|ach(?:e|es|ing)|\w+ache|cough\w*|fever|sick|ill|dizzy|symptoms?",
    "weekday": r"mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|weekends?",
}
GROUP = re.compile("|".join(rf"\b(?P<{name}>{expressions})\b" for name, expressions in GROUPS.items()))


def groups(text: str) -> tuple[frozenset[str], str]:
    """Return the groups that a text's words belong to, and the rest of the text; both in lower case."""
    plain = text.lower().replace("’", "'")
    found = frozenset(str(each.lastgroup) for each in GROUP.finditer(plain))
    return found, GROUP.sub(" ", plain)
