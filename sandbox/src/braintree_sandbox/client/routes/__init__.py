"""The client API by kind of payment method; a new kind is one file here, found by itself, with `routes`."""
