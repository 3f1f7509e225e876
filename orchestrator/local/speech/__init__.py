"""Hearing and speaking: turns, speech to text, text to speech, and the audio formats between them."""
