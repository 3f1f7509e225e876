"""Logging: coloured text on a terminal, otherwise one JSON object per line, without secrets.

Only this package changes global logging configuration: that of structlog and of the standard library, which uvicorn,
websockets and a team's tools use. Whoever logs never waits for whoever reads the log.
"""

from orchestrator.log.context import MASK, PEER, WORDS
from orchestrator.log.redaction import HIDDEN, Redact, secrets_in
from orchestrator.log.setting_up import flush, hide, set_up_log, without_secrets

__all__ = ["HIDDEN", "MASK", "PEER", "WORDS", "Redact", "flush", "hide", "secrets_in", "set_up_log", "without_secrets"]
