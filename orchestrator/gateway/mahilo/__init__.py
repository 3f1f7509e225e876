"""Callers who use mahilo's clients, or a program that speaks as they do: text over `/ws`, voice over `/ws/voice-stream`."""
