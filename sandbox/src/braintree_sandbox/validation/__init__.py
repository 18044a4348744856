"""Errors of a request, by Braintree's numeric codes and nesting."""
