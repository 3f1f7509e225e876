"""What is served: teams by their names, each in one or more versions."""
