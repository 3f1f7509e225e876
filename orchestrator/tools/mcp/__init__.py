"""Tools of MCP servers: the servers of this process, what they list, and how an agent comes to have it.

The official client needs the extra `mcp` and is imported only where a server is started.
"""
