"""The scopes of partners' tokens: each allows some operations, on every account."""

from typing import Annotated, Literal

from billing_api.kit.documented import Named

_Scope = Literal["invoices:read", "invoices:write", "payments:read", "payments:write", "refunds:read", "refunds:write"]
# The operations of each scope, in words that the contract and the pages take from here.
SCOPES: dict[_Scope, str] = {
    "invoices:read": "Read the invoices of every account",
    "invoices:write": "Void invoices and write amounts off",
    "payments:read": "Read the payments of every account, and their use for invoices",
    "payments:write": "Record checks, wires and cash, use money for invoices, and undo both",
    "refunds:read": "Read the refunds of every account's payments",
    "refunds:write": "Give money of payments back",
}
Scope = Annotated[_Scope, Named("Scope", "What a partner's token allows", SCOPES)]
