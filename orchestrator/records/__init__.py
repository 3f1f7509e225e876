"""The record of calls: its lines, the database that keeps them, and recordings of sound."""
