"""Which words of a sentence may be which values, and how the words are shared out among them."""
