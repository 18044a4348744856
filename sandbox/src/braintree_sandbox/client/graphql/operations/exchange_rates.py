"""Quotes for showing prices in a shopper's own currency."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from braintree_sandbox.client.graphql.operation import Arguments, GraphqlCall, Operations, wrong_value
from braintree_sandbox.state import ids
from braintree_sandbox.validation.params import CENT
from braintree_sandbox.wire.values import decimal

# The mutation is never null: the library takes a response that has its name for a success.
operations = Operations("""
extend type Mutation { generateExchangeRateQuote(input: GenerateExchangeRateQuoteInput!): ExchangeRateQuotePayload! }

input GenerateExchangeRateQuoteInput { quotes: [ExchangeRateQuoteInput!]! }
input ExchangeRateQuoteInput { baseCurrency: String quoteCurrency: String baseAmount: String markup: String }

type ExchangeRateQuotePayload { quotes: [ExchangeRateQuote!]! }
type ExchangeRateQuote {
  id: ID!
  baseAmount: MonetaryAmount!
  quoteAmount: MonetaryAmount!
  exchangeRate: String!
  tradeRate: String
  expiresAt: String!
  refreshesAt: String!
}
""")

# The fixed price of a US dollar.
_PER_DOLLAR = {
    "USD": "1",
    "EUR": "0.997316360864",
    "CAD": "1.532620635",
    "GBP": "0.85",
    "JPY": "150",
    "AUD": "1.5",
}
_LASTS, _REFRESHES = timedelta(hours=2), timedelta(hours=1)


@operations.mutation("generateExchangeRateQuote")
def quote(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Return a quote for each pair; without an amount, for one unit."""
    return {"quotes": [_quote(graphql, sent) for sent in arguments["input"]["quotes"]]}


def _quote(graphql: GraphqlCall, sent: dict[str, Any]) -> dict[str, object]:
    base, target = _currency(sent, "baseCurrency"), _currency(sent, "quoteCurrency")
    amount = _number(sent, "baseAmount", "1")
    # The rates include the markup that the shopper pays.
    _number(sent, "markup", "0")
    rate = Decimal(_PER_DOLLAR[target]) / Decimal(_PER_DOLLAR[base])
    return {
        "id": ids.long_id(),
        "baseAmount": _money(amount, base),
        "quoteAmount": _money((amount * rate).quantize(CENT), target),
        "exchangeRate": f"{rate:.12f}",
        "expiresAt": (graphql.call.now + _LASTS).isoformat().replace("+00:00", "Z"),
        "refreshesAt": (graphql.call.now + _REFRESHES).isoformat().replace("+00:00", "Z"),
    }


def _currency(sent: dict[str, Any], name: str) -> str:
    code = sent.get(name)
    if code is None:
        raise wrong_value(f"The field '{name}' is required.", "quotes", name)
    if code not in _PER_DOLLAR:
        raise wrong_value(f"The field '{name}' is no currency that is quoted here.", "quotes", name)
    return str(code)


def _number(sent: dict[str, Any], name: str, default: str) -> Decimal:
    number = decimal(sent.get(name) or default)
    if number is None:
        raise wrong_value(f"The field '{name}' is no number.", "quotes", name)
    return number


def _money(value: Decimal, currency: str) -> dict[str, str]:
    return {"value": str(value), "currencyCode": currency, "currencyIsoCode": currency}
