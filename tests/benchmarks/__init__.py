"""What the gateway costs, beside a bare relay in the same run: `python -m tests.benchmarks`."""
