"""The agents' tools, as the core knows them: by name, with what holds for each."""
