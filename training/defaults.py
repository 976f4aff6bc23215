"""What a training run takes when nothing else is said: here, so that the command starts without scikit-learn."""

import typer

SEED = 20211
REPORTS = 8_000
"""How many simulated reports to learn from."""

JOBS = typer.Option("-j", "--jobs", help="Worker processes; -1 for one a core.")
"""The option of commands that use several processes."""
