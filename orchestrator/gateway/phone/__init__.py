"""Callers on the telephone, over Twilio Media Streams: `twilio` answers a phone call, `call` runs it."""
