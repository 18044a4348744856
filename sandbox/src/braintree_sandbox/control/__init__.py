"""The sandbox's own API under `/sandbox/…`, apart from Braintree's: JSON, for tests and developers."""
