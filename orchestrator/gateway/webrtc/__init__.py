"""Callers over WebRTC: `endpoint` answers an SDP offer, a `peer` holds the call."""
