"""Telephone calls from streamdouble, a simulator of Twilio Media Streams that nobody here wrote."""
