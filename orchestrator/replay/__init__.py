"""A recorded call runs again: through today's code, or with an edited team."""
