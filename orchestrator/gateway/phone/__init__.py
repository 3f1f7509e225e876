"""Callers on the telephone, through Twilio Media Streams."""
