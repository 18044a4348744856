"""Tokenizing a card."""

from braintree_sandbox.browsers.configuration import SUPPORTED_BRANDS
from braintree_sandbox.client.cards import TokenizedCard, tokenize_card
from braintree_sandbox.client.graphql.operation import Arguments, GraphqlCall, Operations
from braintree_sandbox.client.views import camel_cased
from braintree_sandbox.validation.params import section
from braintree_sandbox.vault.authentication_insight import Payment, regulation_environment
from braintree_sandbox.vault.brands import brand, indicators
from braintree_sandbox.wire.json_in import params_of
from braintree_sandbox.wire.values import Params

operations = Operations("""
extend type Mutation { tokenizeCreditCard(input: TokenizeCreditCardInput!): TokenizeCreditCardPayload }

input TokenizeCreditCardInput {
  clientMutationId: String
  creditCard: CreditCardInput!
  options: CreditCardTokenizationOptionsInput
}
input CreditCardInput {
  number: String
  expirationMonth: String
  expirationYear: String
  cvv: String
  cardholderName: String
  billingAddress: AddressInput
}
input CreditCardTokenizationOptionsInput { validate: Boolean }
input AddressInput {
  company: String
  streetAddress: String
  addressLine1: String
  extendedAddress: String
  addressLine2: String
  firstName: String
  lastName: String
  locality: String
  adminArea2: String
  region: String
  adminArea1: String
  postalCode: String
  countryCode: String
  countryCodeAlpha2: String
  countryCodeAlpha3: String
  countryCodeNumeric: String
  countryName: String
  phoneNumber: String
}

type TokenizeCreditCardPayload {
  clientMutationId: String
  token: ID!
  creditCard: CreditCardDetails!
  paymentMethod: PaymentMethod!
  authenticationInsight(input: AuthenticationInsightInput!): AuthenticationInsight
}
type PaymentMethod { id: ID! usage: String! details: PaymentMethodDetails }
union PaymentMethodDetails = CreditCardDetails | UsBankAccountDetails
type CreditCardDetails {
  bin: String
  brandCode: String
  last4: String
  cardholderName: String
  expirationMonth: String
  expirationYear: String
  binData: BinRecord
}
type BinRecord {
  prepaid: String
  prepaidReloadable: String
  healthcare: String
  debit: String
  durbinRegulated: String
  commercial: String
  payroll: String
  issuingBank: String
  countryOfIssuance: String
  productId: String
  business: String
  consumer: String
  purchase: String
  corporate: String
}
input AuthenticationInsightInput { merchantAccountId: ID! }
type AuthenticationInsight { customerAuthenticationRegulationEnvironment: String }
""")

_BRAND_CODES = {one.name: one.code for one in SUPPORTED_BRANDS} | {
    "China UnionPay": "UNION_PAY",
    "Diners Club": "DINERS",
    "Elo": "ELO",
    "Hiper": "HIPER",
    "Hipercard": "HIPERCARD",
}
# The names of the newer address, in the words of the vault.
_ADDRESS = {
    "address_line1": "street_address",
    "address_line2": "extended_address",
    "admin_area1": "region",
    "admin_area2": "locality",
    "country_code": "country_code_alpha2",
}
_YES_OR_NO = frozenset({"prepaid", "healthcare", "debit", "durbin_regulated", "commercial", "payroll"})


@operations.mutation("tokenizeCreditCard", for_browsers=True)
def tokenize_credit_card(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Return a nonce for a typed card."""
    sent = params_of(arguments["input"])
    card = section(sent, "credit_card")
    address = section(card, "billing_address")
    renamed: Params = {_ADDRESS.get(name, name): value for name, value in address.items()}
    tokenized = tokenize_card(graphql.client, {**card, "billing_address": renamed}, section(sent, "options"))
    nonce = tokenized.nonce.nonce
    details = _details(tokenized)
    return {
        "clientMutationId": arguments["input"].get("clientMutationId"),
        "token": nonce,
        "creditCard": details,
        "paymentMethod": {"id": nonce, "usage": "SINGLE_USE", "details": details},
    }


@operations.on("TokenizeCreditCardPayload", "authenticationInsight")
def authentication_insight(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Return the rules for authenticating customers that a card falls under at a merchant account."""
    del graphql
    number = arguments["parent"]["creditCard"]["number"]
    issued_in = indicators(number)["country_of_issuance"]
    payment = Payment(account_id=arguments["input"]["merchantAccountId"], issued_in=issued_in)
    environment = regulation_environment(payment)
    return {"customerAuthenticationRegulationEnvironment": "PSDTWO" if environment == "psd2" else environment.upper()}


def _details(tokenized: TokenizedCard) -> dict[str, object]:
    facts = tokenized.facts
    # The flags are codes here, the names are the names.
    known = {name: value.upper() if name in _YES_OR_NO else value for name, value in indicators(facts.number).items()}
    return {
        "__typename": "CreditCardDetails",
        "number": facts.number,
        "bin": facts.number[:6],
        "brandCode": _BRAND_CODES.get(brand(facts.number), "UNKNOWN"),
        "last4": facts.number[-4:],
        "cardholderName": facts.cardholder_name,
        "expirationMonth": facts.expiration_month,
        "expirationYear": facts.expiration_year,
        "binData": camel_cased(known),
    }
