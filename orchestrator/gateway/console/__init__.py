"""The console: a page for people, who talk to the team in a browser and watch which agent has them."""
