"""What a sale may carry besides an amount and a way to pay: each part reads its own parameters."""
