"""Keys that an agent presses, which the other end of the line hears as tones."""
