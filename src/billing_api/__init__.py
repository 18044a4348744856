"""The billing portal: what a vendor's customers owe, how they pay, and what they paid."""
