"""The descriptions of fields that mean the same in each schema; a field with a meaning of its own describes itself."""

_OF_ID = "_id"

WORDS = {
    "id": "The resource's id, a UUIDv7: a later one is greater",
    "type": "The sort of the resource",
    "currency": "The currency's ISO 4217 code; amounts beside it are in its minor unit",
    "amount": "The whole amount, in the currency's minor unit",
    "number": "The document's number, as people read it",
    "invoice_number": "The invoice's number, as people read it",
    "external_id": "The back office's own key, unique for its type of document in all accounts; null when it sent none",
    "reference": "What the payer wrote on it, such as a check's number",
    "name": "The name, as people read it",
    "created_at": "When it was made, in UTC",
    "updated_at": "When it was last changed, in UTC",
    "effective_on": "The day from which it counts in the books",
    "received_on": "The day on which the money was sent or received",
    "issued_on": "The day of issue",
    "due_on": "The last day on which it is paid in time",
    "closed_on": "The day on which it was paid or voided; null while it is open",
    "po_number": "The customer's purchase order",
    "overdue": "Whether it is open and its last day has passed, in the books' time zone",
    "net": "The sum of the lines, in the currency's minor unit",
    "tax": "The sum of the taxes, in the currency's minor unit",
    "total": "Net and tax, in the currency's minor unit",
    "amount_due": "Left to pay, in the currency's minor unit; payments under way still count as due",
    "amount_pending": "The part of `amount_due` that payments under way have reserved, in the currency's minor unit",
    "contested": "The part of `amount_due` that the customer contests, in the currency's minor unit; 0 when none is",
    "invoices": "The invoices, each once",
    "quote_version": "Stands for the figures of a quote: another value when an amount has changed",
    "label": "The user's own name for the address",
    "recipient": "The person or company at the address",
    "line1": "Street and house number, or post box",
    "line2": "Floor, flat, building or the like",
    "city": "Town or city; some countries have none",
    "region": "State, province or the like; in AU, BR, CA, IT and US its code",
    "postal_code": "In the country's own form; some countries have none",
    "country": "The country's ISO 3166-1 alpha-2 code",
    "phone": "The number in E.164",
    "phone_extension": "The digits that are dialled after the number",
    "default_billing": "Whether it is the account's default for bills; at most one address is",
    "default_shipping": "Whether it is the account's default for deliveries; at most one address is",
    "default": "Whether it is the account's default; at most one payment method is",
    "company_name": "The customer's name on documents",
    "contact_name": "The person to talk to",
    "email": "The e-mail address",
    "locale": "The language and region of texts, as a BCP 47 tag",
    "brand": "The card's brand, such as Visa, or null for a bank account",
    "last4": "The last four digits of the card or account number",
    "decline_code": "The code of the bank or the gateway; null without a decline",
    "decline_text": "The words of the bank or the gateway; null without a decline",
    "data": "The rows of the page, in the list's order",
    "has_more": "Whether there is a next page; a list has no total",
}


def words_for(name: str) -> str | None:
    """Return the description of a field or parameter of this name, or None where it has to describe itself."""
    if name.endswith(_OF_ID) and name not in WORDS:
        return f"The id of the {name.removesuffix(_OF_ID).replace('_', ' ')}"
    return WORDS.get(name)
