"""Agents' sessions over a WebSocket: OpenAI, Azure, or any service that speaks the Realtime protocol."""
