"""What a browser is told of a merchant, and what it proves its right with; the APIs that it uses are in `client`."""
