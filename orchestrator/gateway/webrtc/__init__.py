"""Callers over WebRTC: `endpoint` answers an SDP offer, a `peer` runs the call."""
