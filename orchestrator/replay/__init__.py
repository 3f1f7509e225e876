"""A recorded call runs again: through today's code, or with an edited team.

    source.py          where the lines of a record come from: a file, or the database of calls
    callers.py         the calls of all seats, made of the header of a record
    wording.py         an effect as the record would have it, and two lists of them as a diff that a person reads
    unkept.py          which words of a record were left out, so that nothing can be said of them

    exact.py           the recorded events through today's code: are the effects the same?
    report.py          what is printed of that

    edited_team.py     a team file, written as a record would have it
    renaming.py        two calls side by side: what things are called in each
    given.py           what models are given in both: the first time that one is asked something else
    clock.py           timers that only the edited team has
    outcomes.py        what both come to: agents, refusals, tools, variables, the ending
    edited.py          a recorded call with an edited team
    edited_report.py   what is printed of that

    batch.py           many calls, one after another
    command.py         `orchestrator replay`

A record is read once, from its first line to its last, and nothing is kept of it but what is told: a call of many hours
takes no more memory than a short one.
"""
