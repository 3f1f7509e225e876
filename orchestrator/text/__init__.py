"""Sessions of text agents, which other agents consult: any chat-completions endpoint."""
