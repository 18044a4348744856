"""What a person types into the portal's page."""

from typing import Any

CARD: dict[str, Any] = {
    "number": "4111111111111111",
    "expirationDate": "12/2030",
    "cvv": "123",
    "billingAddress": {"postalCode": "94112", "streetAddress": "1 Main St"},
}
BANK_DETAILS: dict[str, Any] = {
    "routingNumber": "021000021",
    "accountNumber": "1000000000",
    "accountType": "checking",
    "ownershipType": "personal",
    "firstName": "Pat",
    "lastName": "Example",
    "billingAddress": {
        "streetAddress": "1 Main St",
        "locality": "San Francisco",
        "region": "CA",
        "postalCode": "94112",
    },
}
MANDATE = "I authorize Example Vendor to debit my bank account for what I choose to pay."
