"""Payment methods of every kind, test nonces and test numbers."""
