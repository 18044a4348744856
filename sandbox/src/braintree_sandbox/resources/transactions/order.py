"""A request for a transaction, read and validated as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from braintree_sandbox.call import Call
from braintree_sandbox.merchant_accounts import MerchantAccount, Trait
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources import customers
from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.resources.transactions.amounts import read_amount, read_descriptor, read_order_id
from braintree_sandbox.resources.transactions.reading.account_rules import check_account
from braintree_sandbox.resources.transactions.reading.authentication import read_authentication
from braintree_sandbox.resources.transactions.reading.details import read_details
from braintree_sandbox.resources.transactions.reading.external_vault import check_external_vault
from braintree_sandbox.resources.transactions.reading.industry import check_industry
from braintree_sandbox.resources.transactions.reading.line_items import LineItem, read_line_items
from braintree_sandbox.resources.transactions.reading.parties import read_parties
from braintree_sandbox.resources.transactions.reading.places import read_billing, read_shipping
from braintree_sandbox.resources.transactions.source import Source, read_source
from braintree_sandbox.validation.errors import ErrorTree
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.validation.risk_data import check_risk_data
from braintree_sandbox.vault.kinds import SaleTerms
from braintree_sandbox.wire.values import Fields, Params, whole_number

# The parameters of a sale from the vault of another merchant that shares it. In the sandbox that is the own vault.
_SHARED = {
    f"shared_{name}": name
    for name in (
        "customer_id", "payment_method_token", "payment_method_nonce", "billing_address_id", "shipping_address_id"
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request for a transaction that has passed validation: the bank or a rule of the merchant may still refuse it.

    `instrument` is the copy of the payment method that the transaction keeps, with this sale's own fields.
    """

    params: Params
    source: Source
    terms: SaleTerms
    order_id: str | None
    customer: dict[str, str | None]
    shipping: dict[str, str | None]
    descriptor: dict[str, str | None]
    details: Fields
    custom_fields: dict[str, str]
    line_items: tuple[LineItem, ...]
    installment_count: int
    authentication: Fields | None
    instrument: Fields

    def wants(self, option: str) -> bool:
        """Return whether an option was sent as true."""
        return flag(section(self.params, "options"), option)


def read_order(call: Call, sent: Params, root: ErrorTree) -> Order | None:
    """Return the order; None when the payer or the method is missing. Errors are noted under `root.transaction`."""
    params = _without_shared_names(sent)
    errors = root.under("transaction")
    kind = text(params, "type")
    if kind not in {"sale", "credit"}:
        errors.on("type", codes.TYPE_REQUIRED if kind is None else codes.TYPE_INVALID)
    amount = read_amount(params, errors)
    account = call.merchant.account(text(params, "merchant_account_id"))
    if account is None:
        errors.on("merchant_account_id", codes.MERCHANT_ACCOUNT_INVALID)
    customer = customers.read(section(params, "customer"), errors.under("customer"))
    order_id, descriptor = read_order_id(params, errors), read_descriptor(params, errors)
    custom_fields = customers.read_custom_fields(
        call, params, errors, codes.CUSTOM_FIELD_INVALID, codes.CUSTOM_FIELD_TOO_LONG
    )
    details, line_items = read_details(params, errors), read_line_items(params, errors)
    check_industry(params, errors)
    check_risk_data(params, errors)
    source = read_source(call, params, errors)
    billing, shipping = read_billing(call, params, source, errors), read_shipping(call, params, source, errors)
    if account is None:
        return None
    authentication = read_authentication(call, params, source and source.facts, account, errors)
    details |= read_parties(params, account, errors, root)
    if source is None:
        return None
    check_external_vault(params, errors, instrument=source.kind.name)
    terms = _terms(params, source, kind or "", amount, account, billing)
    source.kind.check(call, source.facts, source.method, terms, errors)
    return Order(
        params=params,
        source=source,
        terms=terms,
        order_id=order_id,
        customer=payer(source.customer, customer),
        shipping=shipping,
        descriptor=descriptor,
        details=details,
        custom_fields=custom_fields,
        line_items=line_items,
        installment_count=_installments(params, account),
        authentication=authentication,
        instrument=check_account(params, source, account, amount, errors),
    )


def payer(customer: Customer | None, sent: dict[str, str | None]) -> dict[str, str | None]:
    """Return the payer that the transaction keeps: the customer in the vault, with the sale's own fields."""
    known = {name: getattr(customer, name) for name in customers.NAMES} if customer else {}
    return known | sent


def _without_shared_names(sent: Params) -> Params:
    """Return the parameters; those of a shared vault get their plain names."""
    if not _SHARED.keys() & sent.keys():
        return sent
    return {_SHARED.get(name, name): value for name, value in sent.items()}


def _terms(
    params: Params,
    source: Source,
    kind: str,
    amount: Decimal,
    account: MerchantAccount,
    billing: Mapping[str, str | None],
) -> SaleTerms:
    return SaleTerms(
        type=kind,
        amount=amount,
        account=account,
        submit=flag(section(params, "options"), "submit_for_settlement"),
        cvv=text(section(params, "credit_card"), "cvv") or getattr(source.facts, "cvv", None),
        billing=billing,
        accepts_partial=flag(params, "accept_partial_authorization"),
    )


def _installments(params: Params, account: MerchantAccount) -> int:
    count = whole_number(text(section(params, "installments"), "count"))
    return count if account.has(Trait.INSTALLMENTS) and count is not None else 0
