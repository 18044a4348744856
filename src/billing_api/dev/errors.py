"""The errors of a local run."""


class LocalRunError(Exception):
    """One sentence or two for the terminal: the fault, and its cure."""
