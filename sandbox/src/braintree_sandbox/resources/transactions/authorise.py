"""The authorisation of an order, by the gateway's rules and then by the bank, and the transaction that keeps it."""

from dataclasses import replace
from datetime import timedelta

from braintree_sandbox.call import Call
from braintree_sandbox.merchant_accounts import Trait
from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.authorisation import Authorisation
from braintree_sandbox.processor.checks import BYPASSED, Checks
from braintree_sandbox.processor.fraud import rejection_by_number
from braintree_sandbox.processor.responses import response
from braintree_sandbox.processor.risk import risk_data
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.records.transactions import Instrument, StatusEvent, Transaction
from braintree_sandbox.resources.card_verifications import rejection_by_checks
from braintree_sandbox.resources.transactions.order import Order
from braintree_sandbox.resources.transactions.reading.authentication import is_authenticated
from braintree_sandbox.state import ids
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.wire.values import Array, Fields

AUTHORIZATION_LASTS = timedelta(days=7)
DUPLICATE_WINDOW = timedelta(seconds=30)

_VAULTED = frozenset({"payment_method_token", "customer_id"})
_APPROVED = frozenset({"authorized", "settlement_pending"})


def authorise(call: Call, order: Order) -> Transaction:
    """Return the transaction of an order, approved or not; nothing is stored."""
    terms = order.terms
    instrument = _instrument(order)
    result, checks = _authorisation(call, order, instrument)
    steps = _steps(result.status, order)
    transaction_id = ids.transaction_id()
    transaction = Transaction(
        id=transaction_id,
        type=terms.type,
        status=steps[-1],
        amount=terms.amount,
        authorized_amount=terms.amount,
        currency=terms.account.currency,
        merchant_account_id=terms.account.id,
        instrument=instrument,
        created_at=call.now,
        updated_at=call.now,
        status_history=tuple(StatusEvent(status=step, amount=terms.amount, at=call.now) for step in steps),
        created_using="token" if order.source.named_by in _VAULTED else "full_information",
        order_id=order.order_id,
        customer_id=order.source.customer.id if order.source.customer else None,
        customer=order.customer,
        billing=dict(terms.billing),
        shipping=order.shipping,
        descriptor=order.descriptor,
        custom_fields=order.custom_fields,
        details=order.details | _network_facts(order, instrument, result) | _risk(call, order, transaction_id, result),
        line_items=order.line_items,
        installment_count=order.installment_count,
        cvv_response_code=checks.cvv if checks else None,
        avs_postal_code_response_code=checks.postal_code if checks else None,
        avs_street_address_response_code=checks.street_address if checks else None,
        avs_error_response_code=checks.error if checks else None,
        authorization_expires_at=call.now + AUTHORIZATION_LASTS if steps[-1] == "authorized" else None,
    )
    return with_result(transaction, result)


def with_result(transaction: Transaction, result: Authorisation) -> Transaction:
    """Return the transaction with the result of its authorisation."""
    response = result.response
    approved = result.status in _APPROVED
    pending = result.status == "settlement_pending"
    return replace(
        transaction,
        processor_authorization_code=ids.digits(6) if approved else None,
        processor_response_code=response.code if response else None,
        processor_response_text=response.text if response else None,
        processor_response_type=response.type if response else None,
        processor_settlement_response_code="4002" if pending else None,
        processor_settlement_response_text="Settlement Pending" if pending else None,
        additional_processor_response=None if approved or response is None else response.additional,
        gateway_rejection_reason=result.rejection,
    )


def _instrument(order: Order) -> Instrument:
    source = order.source
    shown = source.kind.instrument(source.facts, source.method)
    shown = source.kind.for_sale(shown, order.params)
    if order.terms.submit:
        shown = source.kind.captured(shown)
    if order.instrument:
        shown = replace(shown, fields={**shown.fields, **order.instrument})
    if order.authentication is not None:
        shown = replace(shown, three_d_secure_info=order.authentication)
    return shown


def _steps(status: str, order: Order) -> tuple[str, ...]:
    """Return the statuses that a new transaction passes through at once."""
    submitted = order.source.kind.submitted
    if status != "authorized":
        return (status,)
    if order.terms.type == "credit":
        return (submitted,)
    return ("authorized", submitted) if order.terms.submit else ("authorized",)


def _authorisation(call: Call, order: Order, instrument: Instrument) -> tuple[Authorisation, Checks | None]:
    """Return the result of the gateway's rules, else the bank's."""
    reason = _rejection(call, order, instrument)
    if reason is not None:
        return authorisation.rejected(reason), None
    result, checks = order.source.kind.charge(order.source.facts, order.terms)
    if checks is not None:
        checks = _unless_skipped(checks, order)
        reason = rejection_by_checks(call.merchant.rules, checks) if result.status == "authorized" else None
        if reason is not None:
            return Authorisation(status="gateway_rejected", response=response(1000), rejection=reason), checks
    return result, checks


def _rejection(call: Call, order: Order, instrument: Instrument) -> str | None:
    rules = call.merchant.rules
    if rules.duplicate_checking and _has_duplicate(call, order, instrument):
        return "duplicate"
    required = flag(section(section(order.params, "options"), "three_d_secure"), "required")
    if required and not is_authenticated(instrument.three_d_secure_info):
        return "three_d_secure"
    if rules.fraud_checks and not order.wants("skip_advanced_fraud_checking"):
        return rejection_by_number(instrument.number)
    return None


def _risk(call: Call, order: Order, transaction_id: str, result: Authorisation) -> Fields:
    """Return the result of the fraud tools; no field at all when the merchant skips them."""
    if order.wants("skip_advanced_fraud_checking"):
        return {}
    rules = call.merchant.rules
    device_data = text(order.params, "device_data") is not None
    shown = risk_data(rules, evaluation_id=f"risk_{transaction_id}", device_data=device_data)
    if result.rejection in {"fraud", "risk_threshold"}:
        shown["decision"] = "Decline"
    if rules.chargeback_protection:
        shown["liability_shift"] = {"responsible_party": "paypal", "conditions": Array("item", ("unauthorized",))}
    return {"risk_data": shown}


def _unless_skipped(checks: Checks, order: Order) -> Checks:
    if order.wants("skip_cvv"):
        checks = checks._replace(cvv=BYPASSED)
    if order.wants("skip_avs"):
        checks = checks._replace(postal_code=BYPASSED, street_address=BYPASSED, error=None)
    return checks


def _has_duplicate(call: Call, order: Order, instrument: Instrument) -> bool:
    return any(
        other.amount == order.terms.amount
        and other.type == order.terms.type
        and other.instrument.identifier == instrument.identifier
        and not other.refused
        and call.now - other.created_at <= DUPLICATE_WINDOW
        for other in call.work.where(Transaction, "order_id", order.order_id)
    )


def _network_facts(order: Order, instrument: Instrument, result: Authorisation) -> Fields:
    """Return the card network's facts: advice after a decline, a token's number, the debit network."""
    facts = order.source.facts
    if not isinstance(facts, CardFacts):
        return {}
    shown: Fields = {}
    if facts.network_tokenized:
        shown["processed_with_network_token"] = True
        shown["network_token"] = {**instrument.fields, "is_network_tokenized": True}
    if instrument.fields["card_type"] == "MasterCard":
        shown["mastercard_transaction_link_id"] = ids.transaction_link_id()
        if result.status == "processor_declined":
            shown["merchant_advice_code"] = "01"
            shown["merchant_advice_code_text"] = "New account information available"
    pinless = order.terms.account.has(Trait.PINLESS_DEBIT) and instrument.fields["debit"] == "Yes"
    as_credit = flag(section(section(order.params, "options"), "credit_card"), "process_debit_as_credit")
    if pinless and order.terms.submit and not as_credit:
        shown["debit_network"] = "STAR"
    return shown
