"""What is measured of the calls of this process, and where it is read."""
