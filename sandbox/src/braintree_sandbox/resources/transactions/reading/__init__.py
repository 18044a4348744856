"""The parts of a sale besides its amount and payment method: each reads its own parameters."""
