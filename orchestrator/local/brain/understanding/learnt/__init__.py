"""What was learnt about values: which words they are, shared out among those that may claim them."""
