"""PayPal's customer sessions: a shop's facts about a shopper, and the recommended buttons."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from braintree_sandbox.client.graphql.operation import (
    Arguments,
    ErrorClass,
    GraphqlCall,
    OperationError,
    Operations,
    wrong_value,
)
from braintree_sandbox.state.records import record

operations = Operations("""
extend type Mutation {
  createCustomerSession(input: CreateCustomerSessionInput!): CustomerSessionPayload
  updateCustomerSession(input: UpdateCustomerSessionInput!): CustomerSessionPayload
  generateCustomerRecommendations(input: GenerateCustomerRecommendationsInput!): CustomerRecommendationsPayload
}

input CreateCustomerSessionInput {
  merchantAccountId: ID
  sessionId: ID
  customer: CustomerSessionInput
  domain: String
  purchaseUnits: [PayPalPurchaseUnitInput!]
}
input UpdateCustomerSessionInput {
  merchantAccountId: ID
  sessionId: ID!
  customer: CustomerSessionInput
  purchaseUnits: [PayPalPurchaseUnitInput!]
}
input GenerateCustomerRecommendationsInput {
  merchantAccountId: ID
  sessionId: ID!
  customer: CustomerSessionInput
  domain: String
  purchaseUnits: [PayPalPurchaseUnitInput!]
}
input CustomerSessionInput {
  email: String
  hashedEmail: String
  phone: PhoneInput
  hashedPhoneNumber: String
  deviceFingerprintId: String
  paypalAppInstalled: Boolean
  venmoAppInstalled: Boolean
  userAgent: String
}
input PhoneInput { countryPhoneCode: String phoneNumber: String extensionNumber: String }
input PayPalPurchaseUnitInput { payee: PayPalPayeeInput amount: MonetaryAmountInput! }
input PayPalPayeeInput { emailAddress: String clientId: String }

type CustomerSessionPayload { sessionId: ID! }
type CustomerRecommendationsPayload {
  sessionId: ID!
  isInPayPalNetwork: Boolean!
  paymentRecommendations: [PaymentRecommendation!]!
}
type PaymentRecommendation { paymentOption: String! recommendedPriority: Int! }
""")

# Any of them identifies a shopper to PayPal; here PayPal has an account for every shopper.
_IDENTITIES = ("email", "hashedEmail", "phone", "hashedPhoneNumber")


@record("customer_session")
@dataclass(frozen=True, slots=True)
class CustomerSession:
    """A shopper's visit, and whether the shop has identified the shopper."""

    id: str
    known: bool

    @property
    def key(self) -> str:
        """The id, which merchants may choose."""
        return self.id


@operations.mutation("createCustomerSession")
def create(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Begin a session, under the merchant's own id or a new one."""
    sent = arguments["input"]
    _check_account(graphql, sent)
    session_id = sent.get("sessionId") or str(uuid4()).upper()
    if graphql.call.work.get(CustomerSession, session_id) is not None:
        raise wrong_value("Session IDs must be unique per merchant.", "sessionId")
    graphql.call.work.put(CustomerSession(session_id, _identified(sent)))
    return {"sessionId": session_id}


@operations.mutation("updateCustomerSession")
def update(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Add facts about a shopper."""
    sent = arguments["input"]
    _check_account(graphql, sent)
    session = graphql.call.work.get(CustomerSession, sent["sessionId"])
    if session is None:
        raise wrong_value(f"The session {sent['sessionId']} does not exist.", "sessionId")
    graphql.call.work.put(CustomerSession(session.id, session.known or _identified(sent)))
    return {"sessionId": session.id}


@operations.mutation("generateCustomerRecommendations")
def recommend(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Recommend PayPal to every customer whose identity was sent."""
    sent = arguments["input"]
    _check_account(graphql, sent)
    session = graphql.call.work.get(CustomerSession, sent["sessionId"])
    known = _identified(sent) or (session is not None and session.known)
    recommended = [{"paymentOption": "PAYPAL", "recommendedPriority": 1}] if known else []
    return {
        "sessionId": sent["sessionId"],
        "isInPayPalNetwork": known,
        "paymentRecommendations": recommended,
    }


def _identified(sent: dict[str, Any]) -> bool:
    customer = sent.get("customer") or {}
    return any(customer.get(name) for name in _IDENTITIES)


def _check_account(graphql: GraphqlCall, sent: dict[str, Any]) -> None:
    if graphql.call.merchant.account(sent.get("merchantAccountId")) is None:
        raise OperationError(ErrorClass.AUTHORIZATION, "This merchant account is not the merchant's.")
