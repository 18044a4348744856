"""Contexts of local payments: payments that a shopper approves in the app of a bank or a wallet."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime

from braintree_sandbox.client.graphql.operation import (
    Arguments,
    ErrorClass,
    GraphqlCall,
    OperationError,
    Operations,
    wrong_value,
)
from braintree_sandbox.state import ids
from braintree_sandbox.state.records import record
from braintree_sandbox.wire.values import decimal

operations = Operations("""
extend type Mutation {
  createLocalPaymentContext(input: CreateLocalPaymentContextInput!): CreateLocalPaymentContextPayload
}

input CreateLocalPaymentContextInput { paymentContext: LocalPaymentContextInput! }
input LocalPaymentContextInput {
  amount: MonetaryAmountInput!
  type: LocalPaymentType!
  payerInfo: PayerInfoInput
  orderId: ID
  merchantAccountId: ID
  countryCode: String
  expiryDate: String
  returnUrl: String!
  cancelUrl: String!
}
enum LocalPaymentType { CRYPTO MBWAY }
input PayerInfoInput {
  givenName: String
  surname: String
  email: String
  phoneNumber: String
  phoneCountryCode: String
  billingAddress: PayerAddressInput
  shippingAddress: PayerAddressInput
}
input PayerAddressInput {
  streetAddress: String extendedAddress: String locality: String region: String postalCode: String countryCode: String
}

type CreateLocalPaymentContextPayload { paymentContext: LocalPaymentContext! }
type LocalPaymentContext implements Node {
  id: ID!
  legacyId: ID!
  type: LocalPaymentType!
  amount: MonetaryAmount!
  paymentId: String!
  orderId: ID
  approvalUrl: String!
  merchantAccountId: ID!
  createdAt: String!
  updatedAt: String!
  transactedAt: String
  approvedAt: String
  expiredAt: String
}
""")


@record("local_payment_context")
@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPaymentContext:
    """One of them, waiting for its shopper."""

    id: str
    legacy_id: str
    type: str
    value: str
    currency: str
    payment_id: str
    order_id: str | None
    merchant_account_id: str
    created_at: datetime

    @property
    def key(self) -> str:
        """The id, which the gateway chooses."""
        return self.id


@operations.mutation("createLocalPaymentContext")
def create(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Begin a local payment; `approvalUrl` is for the shopper, but no page is there."""
    sent = arguments["input"]["paymentContext"]
    account = graphql.call.merchant.account(sent.get("merchantAccountId"))
    if account is None:
        raise wrong_value("The merchant account does not exist.", "paymentContext", "merchantAccountId")
    legacy_id = ids.long_id()
    context = LocalPaymentContext(
        id=b64encode(f"localpaymentcontext_{legacy_id}".encode()).decode().rstrip("="),
        legacy_id=legacy_id,
        type=sent["type"],
        value=_amount(sent["amount"]["value"]),
        currency=sent["amount"]["currencyCode"],
        payment_id=ids.long_id().upper(),
        order_id=sent.get("orderId"),
        merchant_account_id=account.id,
        created_at=graphql.call.now,
    )
    graphql.call.work.put(context)
    return {"paymentContext": _view(graphql, context)}


@operations.query("node")
def find(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Return a context by its id; no other nodes are kept."""
    context = graphql.call.work.get(LocalPaymentContext, arguments["id"])
    if context is None:
        raise OperationError(ErrorClass.NOT_FOUND, "There is no such object.", path=("id",))
    return _view(graphql, context)


def _view(graphql: GraphqlCall, context: LocalPaymentContext) -> dict[str, object]:
    moment = context.created_at.isoformat().replace("+00:00", "Z")
    return {
        "__typename": "LocalPaymentContext",
        "id": context.id,
        "legacyId": context.legacy_id,
        "type": context.type,
        "amount": {
            "value": context.value,
            "currencyCode": context.currency,
            "currencyIsoCode": context.currency,
        },
        "paymentId": context.payment_id,
        "orderId": context.order_id,
        "approvalUrl": f"{graphql.call.origin}/local-payments/{context.payment_id}",
        "merchantAccountId": context.merchant_account_id,
        "createdAt": moment,
        "updatedAt": moment,
    }


def _amount(sent: str) -> str:
    amount = decimal(sent)
    if amount is None or amount <= 0:
        raise wrong_value("The amount must be a number above zero.", "paymentContext", "amount")
    return str(amount)
