"""Tokenizing a US bank account: typed in, or chosen by signing in to a bank."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from braintree_sandbox.client.graphql.operation import Arguments, GraphqlCall, Operations, wrong_value
from braintree_sandbox.processor.banks import bank_name
from braintree_sandbox.records.banks import BankFacts
from braintree_sandbox.vault import nonces
from braintree_sandbox.wire.values import is_digits

operations = Operations("""
extend type Mutation {
  tokenizeUsBankAccount(input: TokenizeUsBankAccountInput!): TokenizeUsBankAccountPayload
  tokenizeUsBankLogin(input: TokenizeUsBankLoginInput!): TokenizeUsBankLoginPayload
}

input TokenizeUsBankAccountInput { clientMutationId: String usBankAccount: UsBankAccountInput! }
input UsBankAccountInput {
  accountNumber: String!
  routingNumber: String!
  accountType: UsBankAccountType!
  individualOwner: IndividualOwnerInput
  businessOwner: BusinessOwnerInput
  achMandate: String!
  billingAddress: UsBankAddressInput!
}
input TokenizeUsBankLoginInput { clientMutationId: String usBankLogin: UsBankLoginInput! }
input UsBankLoginInput {
  publicToken: String!
  accountId: String!
  accountType: UsBankAccountType!
  individualOwner: IndividualOwnerInput
  businessOwner: BusinessOwnerInput
  achMandate: String!
  billingAddress: UsBankAddressInput!
}
enum UsBankAccountType { CHECKING SAVINGS }
input IndividualOwnerInput { firstName: String! lastName: String! }
input BusinessOwnerInput { businessName: String! }
input UsBankAddressInput {
  streetAddress: String extendedAddress: String city: String state: String zipCode: String
}

type TokenizeUsBankAccountPayload { clientMutationId: String paymentMethod: PaymentMethod! }
type TokenizeUsBankLoginPayload { clientMutationId: String paymentMethod: PaymentMethod! }
type UsBankAccountDetails {
  last4: String
  routingNumber: String
  accountType: UsBankAccountType
  accountholderName: String
  bankName: String
  ownershipType: String
}
""")

# There is no page to sign in to a bank. This public token stands for a customer who has, and chose this account.
_SIGNED_IN = "good"
_CHOSEN_ACCOUNT, _CHOSEN_ROUTING = "1000000000", "011000015"


@operations.mutation("tokenizeUsBankAccount", for_browsers=True)
def tokenize_us_bank_account(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Return a nonce for a typed account."""
    sent = arguments["input"]["usBankAccount"]
    account, routing = sent["accountNumber"], sent["routingNumber"]
    if not (is_digits(routing) and len(routing) == 9):
        raise wrong_value("Routing number must be 9 digits.", "usBankAccount", "routingNumber")
    if not (is_digits(account) and 4 <= len(account) <= 17):
        raise wrong_value("Account number must be 4 to 17 digits.", "usBankAccount", "accountNumber")
    facts = _facts(graphql, sent, "usBankAccount", account_number=account, routing_number=routing)
    return _payload(graphql, arguments, facts)


@operations.mutation("tokenizeUsBankLogin", for_browsers=True)
def tokenize_us_bank_login(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Return a nonce for an account that was chosen at the bank."""
    sent = arguments["input"]["usBankLogin"]
    if sent["publicToken"] != _SIGNED_IN:
        raise wrong_value("The public token is unknown.", "usBankLogin", "publicToken")
    facts = _facts(graphql, sent, "usBankLogin", account_number=_CHOSEN_ACCOUNT, routing_number=_CHOSEN_ROUTING)
    return _payload(graphql, arguments, replace(facts, signed_in=True))


def _facts(
    graphql: GraphqlCall, sent: Mapping[str, Any], root: str, *, account_number: str, routing_number: str
) -> BankFacts:
    person, business = sent.get("individualOwner"), sent.get("businessOwner")
    if (person is None) == (business is None):
        raise wrong_value("Either an individual owner or a business owner is required.", root, "individualOwner")
    holder = f"{person['firstName']} {person['lastName']}" if person else sent["businessOwner"]["businessName"]
    return BankFacts(
        account_number=account_number,
        routing_number=routing_number,
        account_type=sent["accountType"].lower(),
        account_holder_name=holder,
        bank_name=bank_name(routing_number),
        ownership_type="personal" if person else "business",
        mandate_text=sent["achMandate"],
        mandate_accepted_at=graphql.call.now,
    )


def _payload(graphql: GraphqlCall, arguments: Arguments, facts: BankFacts) -> dict[str, object]:
    nonce = nonces.issue(graphql.call, "usbankacct", facts=facts)
    details = {
        "__typename": "UsBankAccountDetails",
        "last4": facts.account_number[-4:],
        "routingNumber": facts.routing_number,
        "accountType": facts.account_type.upper(),
        "accountholderName": facts.account_holder_name,
        "bankName": facts.bank_name,
        "ownershipType": facts.ownership_type.upper(),
    }
    return {
        "clientMutationId": arguments["input"].get("clientMutationId"),
        "paymentMethod": {"id": nonce.nonce, "usage": "SINGLE_USE", "details": details},
    }
