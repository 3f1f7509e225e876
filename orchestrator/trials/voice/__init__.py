"""Tests by voice: a caller who speaks, in real time, through the public endpoint of a server in this process."""
