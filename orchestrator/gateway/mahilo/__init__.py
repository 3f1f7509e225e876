"""Callers with mahilo's clients, or who speak as they do: text over `/ws`, voice over `/ws/voice-stream`."""
