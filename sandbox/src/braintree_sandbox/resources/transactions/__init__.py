"""Sales and credits, from their making to their settlement, refund or return."""
