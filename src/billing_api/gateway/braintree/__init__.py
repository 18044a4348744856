"""The gateway port over Braintree's SDK: the only place that knows its words."""
