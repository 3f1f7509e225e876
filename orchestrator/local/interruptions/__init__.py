"""What a sound of the caller means while an agent speaks: an interruption, or "mm-hm", a cough, somebody else."""
