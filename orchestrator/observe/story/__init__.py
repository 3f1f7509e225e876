"""From the stream of a call to facts: what happened, when it began, and how it ended.

    voices.py    who was heard when, and who interrupted whom
    models.py    responses that models generated, what was said in them, and what they cost
    work.py      tools and consults
    routes.py    handoffs, waiting for persons, what a rule refused
    sessions.py  agents' sessions

Pure: events and effects in, facts out. The same class tells what happens now, and what a record says has happened.
"""

from orchestrator.observe.story.story import Story

__all__ = ["Story"]
