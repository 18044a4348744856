"""The client API by kind of payment method; a new kind is one file here, with `routes`, and a line in `parts.py`."""
