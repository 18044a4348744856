"""A local gateway that speaks Braintree's protocols; a program of its own, imported by nothing in billing_api."""
