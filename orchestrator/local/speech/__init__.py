"""Listening and speaking: turn detection, speech to text, text to speech, and the audio formats between them."""
