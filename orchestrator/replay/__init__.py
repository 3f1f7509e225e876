"""A recorded call runs again: through today's code, or with an edited team.

    source.py      where the lines of a record come from: a file, or the database of calls
    callers.py     the calls of all seats, made of the header of a record
    wording.py     an effect as the record would have it, and two lists of them as a diff that a person reads
    unkept.py      which words of a record were left out, so that nothing can be said of them
    exact.py       the recorded events through today's code: are the effects the same?

A record is read once, from its first line to its last, and nothing is kept of it but what is told: a call of many hours
takes no more memory than a short one.
"""
