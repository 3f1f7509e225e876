"""What is checked, and proven, on the graph of a team: its ways, its rules, and what its ways need."""
