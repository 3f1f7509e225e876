"""Tests of several callers in one call."""
