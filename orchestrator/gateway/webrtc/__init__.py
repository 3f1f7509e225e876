"""Callers over WebRTC."""
