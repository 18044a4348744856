"""The bank's side: what is approved and what is declined, decided by amounts and test numbers alone."""
