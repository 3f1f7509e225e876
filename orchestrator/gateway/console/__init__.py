"""The pages: to talk to the team in a browser, to see what happened in its calls, and the desk for persons."""
