"""How bytes become values and values become bytes; it knows nothing of payments."""
