"""From bytes to values and back; nothing here is about payments."""
