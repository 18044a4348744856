"""What is wrong with a request, in Braintree's numeric codes and at Braintree's nesting."""
