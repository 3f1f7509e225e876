"""The OpenAI Realtime protocol, once, for every role: audio, ids, frames, items, the session object and its bounds."""
