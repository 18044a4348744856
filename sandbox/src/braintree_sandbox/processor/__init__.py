"""The bank's side: approvals and declines, decided by amounts and test numbers alone."""
