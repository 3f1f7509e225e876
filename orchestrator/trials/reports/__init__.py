"""What came of tests of a team, told to people and to programs."""
