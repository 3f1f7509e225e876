"""Callers whose words a language model finds, and a language model that judges what an agent said.

Both are asked in text, on any provider that a team can use. What can be measured is never left to a judge.
"""
