"""What payment methods of every kind have in common, and the test nonces and numbers they are made from."""
