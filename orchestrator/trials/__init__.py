"""Tests of a team are run here: a caller of a test holds a call with the team, and what happens is compared."""
