"""The doors: all HTTP and the command line, nothing else."""

VERSION = "0.1.0"
"""Of the program and its API; the same as in pyproject.toml."""
