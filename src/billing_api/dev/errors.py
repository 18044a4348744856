"""What can go wrong when a machine starts the parts of the service for itself."""


class LocalRunError(Exception):
    """One sentence or two for the person at the terminal: what is wrong and what to do about it."""
