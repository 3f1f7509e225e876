"""What a caller said when the recogniser wrote another thing: names, numbers, and what sounds alike."""
