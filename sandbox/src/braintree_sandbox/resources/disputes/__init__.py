"""Disputes: opening, finding, adding evidence, accepting, fighting and deciding."""
