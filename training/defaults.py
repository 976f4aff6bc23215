"""What a training run takes when nothing else is said: here, so that the command starts without scikit-learn."""

SEED = 20211
REPORTS = 8_000
"""How many simulated reports to learn from."""
