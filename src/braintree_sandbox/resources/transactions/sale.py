"""Making a transaction: validated as a whole, judged by the bank, kept whatever the verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from braintree_sandbox.call import BraintreeRoutes, Call
from braintree_sandbox.merchant_accounts import MerchantAccount
from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.authorisation import Verdict
from braintree_sandbox.processor.checks import Checks
from braintree_sandbox.processor.responses import response
from braintree_sandbox.records.customer import Address, Customer
from braintree_sandbox.records.transactions import StatusEvent, Transaction
from braintree_sandbox.resources import addresses, customers
from braintree_sandbox.resources.card_verifications import rejection_by_checks
from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.resources.transactions.amounts import (
    read_amount,
    read_descriptor,
    read_details,
    read_order_id,
)
from braintree_sandbox.resources.transactions.idempotency import once
from braintree_sandbox.resources.transactions.source import Source, read_source
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.vault.kinds import SaleTerms
from braintree_sandbox.wire.values import Params

routes = BraintreeRoutes()

AUTHORIZATION_LASTS = timedelta(days=7)
DUPLICATE_WINDOW = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A request for a transaction after validation: nothing in it can be refused but by the bank or a rule."""

    source: Source
    terms: SaleTerms
    order_id: str | None
    customer: dict[str, str | None]
    shipping: dict[str, str | None]
    descriptor: dict[str, str | None]
    details: dict[str, str | None]
    custom_fields: dict[str, str]
    tax_exempt: bool
    recurring: bool


@routes.post("/transactions")
@once("create", new=True)
def create(call: Call) -> Transaction:
    """A sale or a credit."""
    params = call.params("transaction")
    errors = ErrorTree()
    order = _read(call, params, errors.under("transaction"))
    if order is None or errors:
        raise InvalidError(errors)
    transaction = _judge(call, order)
    return call.work.put(_vault(call, params, order, transaction))


def _read(call: Call, params: Params, errors: ErrorTree) -> Order | None:
    kind = text(params, "type")
    if kind not in {"sale", "credit"}:
        errors.on("type", codes.TYPE_REQUIRED if kind is None else codes.TYPE_INVALID)
    amount = read_amount(params, errors)
    account = call.merchant.account(text(params, "merchant_account_id"))
    if account is None:
        errors.on("merchant_account_id", codes.MERCHANT_ACCOUNT_INVALID)
    customer_params = section(params, "customer")
    customer = customers.read(customer_params, errors.under("customer"))
    order_id, descriptor = read_order_id(params, errors), read_descriptor(params, errors)
    details = read_details(params, errors)
    custom_fields = customers.read_custom_fields(
        call, params, errors, codes.CUSTOM_FIELD_INVALID, codes.CUSTOM_FIELD_TOO_LONG
    )
    source = read_source(call, params, errors)
    billing = _address(call, params, "billing", source, errors)
    shipping = _address(call, params, "shipping", source, errors)
    if source is None or account is None:
        return None
    terms = _terms(params, source, kind or "", amount, account, billing)
    source.kind.object_to(call, source.facts, source.method, terms, errors)
    return Order(
        source=source,
        terms=terms,
        order_id=order_id,
        customer=_payer(source.customer, customer),
        shipping=shipping,
        descriptor=descriptor,
        details=details,
        custom_fields=custom_fields,
        tax_exempt=flag(params, "tax_exempt"),
        recurring=flag(params, "recurring") or (text(params, "transaction_source") or "").startswith("recurring"),
    )


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
    )


def _payer(customer: Customer | None, sent: dict[str, str | None]) -> dict[str, str | None]:
    known = {name: getattr(customer, name) for name in customers.NAMES} if customer else {}
    return known | sent


def _address(call: Call, params: Params, name: str, source: Source | None, errors: ErrorTree) -> dict[str, str | None]:
    """The address that is sent or named; for billing, else the one the card is billed to."""
    typed, wanted = section(params, name), text(params, f"{name}_address_id")
    customer_id = source.customer.id if source and source.customer else None
    if typed and wanted is not None and name == "billing":
        errors.on("base", codes.BILLING_CONFLICT)
    if typed:
        return addresses.read(typed, errors.under(name))
    if wanted is None and name == "billing" and source is not None:
        wanted = getattr(source.method, "billing_address_id", None)
    if wanted is None:
        return dict(getattr(source.facts, "billing", {})) if name == "billing" and source else {}
    address = call.work.get(Address, f"{customer_id}/{wanted}")
    if address is None:
        errors.on(f"{name}_address_id", codes.ADDRESS_INVALID)
        return {}
    return address.fields | {"id": address.id}


def _judge(call: Call, order: Order) -> Transaction:
    source, terms = order.source, order.terms
    verdict, checks = _verdict(call, order)
    approved = verdict.status in {"authorized", "settlement_pending"}
    said = verdict.response
    steps = _steps(verdict.status, terms)
    return Transaction(
        id=ids.transaction_id(),
        type=terms.type,
        status=steps[-1],
        amount=terms.amount,
        authorized_amount=terms.amount,
        currency=terms.account.currency,
        merchant_account_id=terms.account.id,
        instrument=source.kind.instrument(source.facts, source.method),
        created_at=call.now,
        updated_at=call.now,
        status_history=tuple(StatusEvent(status=step, amount=terms.amount, at=call.now) for step in steps),
        order_id=order.order_id,
        customer_id=source.customer.id if source.customer else None,
        customer=order.customer,
        billing=dict(terms.billing),
        shipping=order.shipping,
        descriptor=order.descriptor,
        custom_fields=order.custom_fields,
        details=order.details,
        tax_exempt=order.tax_exempt,
        recurring=order.recurring,
        processor_authorization_code=ids.digits(6) if approved else None,
        processor_response_code=said.code if said else None,
        processor_response_text=said.text if said else None,
        processor_response_type=said.type if said else None,
        processor_settlement_response_code="4002" if verdict.status == "settlement_pending" else None,
        processor_settlement_response_text="Settlement Pending" if verdict.status == "settlement_pending" else None,
        additional_processor_response=None if approved or said is None else said.additional,
        gateway_rejection_reason=verdict.rejection,
        cvv_response_code=checks.cvv if checks else None,
        avs_postal_code_response_code=checks.postal_code if checks else None,
        avs_street_address_response_code=checks.street_address if checks else None,
        avs_error_response_code=checks.error if checks else None,
        authorization_expires_at=call.now + AUTHORIZATION_LASTS if steps[-1] == "authorized" else None,
    )


def _steps(status: str, terms: SaleTerms) -> tuple[str, ...]:
    """The statuses a new transaction passes through at once."""
    if status != "authorized":
        return (status,)
    if terms.type == "credit":
        return ("submitted_for_settlement",)
    return ("authorized", "submitted_for_settlement") if terms.submit else ("authorized",)


def _verdict(call: Call, order: Order) -> tuple[Verdict, Checks | None]:
    """What the gateway's rules say, and the bank if they let it speak."""
    if call.merchant.rules.duplicate_checking and _has_twin(call, order):
        return authorisation.rejected("duplicate"), None
    verdict, checks = order.source.kind.charge(order.source.facts, order.terms)
    if verdict.status == "authorized" and checks is not None:
        reason = rejection_by_checks(call.merchant.rules, checks)
        if reason is not None:
            return Verdict(status="gateway_rejected", response=response(1000), rejection=reason), checks
    return verdict, checks


def _has_twin(call: Call, order: Order) -> bool:
    instrument = order.source.kind.instrument(order.source.facts, order.source.method)
    return any(
        twin.amount == order.terms.amount
        and twin.type == order.terms.type
        and twin.instrument.identifier == instrument.identifier
        and not twin.refused
        and call.now - twin.created_at <= DUPLICATE_WINDOW
        for twin in call.work.where(Transaction, "order_id", order.order_id)
    )


def _vault(call: Call, params: Params, order: Order, transaction: Transaction) -> Transaction:
    """Keep customer, method and addresses where the options ask for it."""
    options = section(params, "options")
    source = order.source
    wanted = flag(options, "store_in_vault") or (flag(options, "store_in_vault_on_success") and not transaction.refused)
    if not wanted or source.method is not None:
        return transaction
    errors = ErrorTree()
    here = errors.under("transaction")
    customer = source.customer or customers.add(call, section(params, "customer"), here.under("customer"))
    method_params: Params = {"token": text(section(params, "credit_card"), "token")}
    if flag(options, "add_billing_address_to_payment_method"):
        method_params["billing_address"] = dict(order.terms.billing)
    method = source.kind.store(call, customer, source.facts, method_params, here.under(source.kind.name))
    if errors:
        raise InvalidError(errors)
    if flag(options, "store_shipping_address_in_vault") and order.shipping:
        addresses.add(call, customer.id, order.shipping)
    billed_to = getattr(method, "billing_address_id", None)
    return replace(
        transaction,
        customer_id=customer.id,
        customer=_payer(customer, order.customer),
        billing=transaction.billing | ({"id": billed_to} if billed_to else {}),
        instrument=source.kind.instrument(source.facts, method),
    )
