"""Mutants: lines of money, keys and tokens, broken one at a time, each of which a test near it has to notice."""
