"""Those of the known transactions that are about payments: adjusted, returned, authenticated and so on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from braintree_sandbox.processor.responses import APPROVED, Response, response
from braintree_sandbox.records.banks import BankFacts
from braintree_sandbox.records.transactions import Adjustment, Instrument, StatusEvent, Transaction
from braintree_sandbox.resources.bank_verifications import account_fields
from braintree_sandbox.vault.kinds import kind_of_facts
from braintree_sandbox.vault.known_nonces import facts_of
from braintree_sandbox.wire.values import Fields

Sale = Callable[[str, str, date], Transaction]

_DAY = date(2019, 9, 10)
_AMOUNT = "100.00"
_PAYMENT_ACCOUNT = "V0010013019339005665779448477"


def payments(sale: Sale) -> tuple[Transaction, ...]:
    """All of them, each a change of what `sale` makes: a settled one by card, of that id, amount and day."""
    made = sale("", _AMOUNT, _DAY)
    return tuple(
        replace(one, id=transaction_id)
        for transaction_id, one in {
            "settledtransaction": replace(made, instrument=_PAYPAL),
            "transactionwithacquirerreferencenumber": replace(made, acquirer_reference_number="123456789 091019"),
            "threedsecuredtransaction": replace(
                made, instrument=replace(made.instrument, three_d_secure_info=_AUTHENTICATED)
            ),
            "authadjustmenttransaction": _adjusted(made, response(1000)),
            "authadjustmenttransactionsoftdeclined": _adjusted(made, response(3000)),
            "authadjustmenttransactionharddeclined": _adjusted(made, response(2015)),
            "sameday_ach_sameday_requested": _debit(made, "same_day", "same_day"),
            "standard_ach_sameday_requested": _debit(made, "standard", "same_day"),
            "standard_ach_standard_requested": _debit(made, "standard", "standard"),
            "ach_txn_ret3": _returned(made),
            "contact_visa_transaction": replace(made, details={"store_id": "store-id"}),
            "settlement_confirmed_txn": _in_status(made, "settlement_confirmed"),
            "apple_pay_transaction": replace(made, instrument=_by_wallet("fake-apple-pay-visa-nonce")),
            "android_pay_card_transaction": replace(made, instrument=_by_wallet("fake-android-pay-visa-nonce")),
            "android_pay_network_token_transaction": replace(
                made, instrument=_by_wallet("fake-android-pay-mastercard-nonce")
            ),
            "paypal_here_auth_capture_id": replace(made, instrument=_paypal_here("auth_capture")),
            "paypal_here_sale_id": replace(made, instrument=_paypal_here("sale")),
            "paypal_here_refund_id": replace(made, type="credit", instrument=_paypal_here("refund")),
            "aft_txn": replace(
                made,
                details={"account_funding_transaction": True},
                instrument=_with(made.instrument, {"payment_account_reference": _PAYMENT_ACCOUNT}),
            ),
        }.items()
    )


def of_the_last_days(sale: Sale, today: date) -> tuple[Transaction, ...]:
    """Those that Braintree dates by the day on which they are looked for, with no disputes.

    Two debits came back and an authorisation lapsed as today began; a debit that failed is tried again tomorrow.
    """
    midnight = datetime.combine(today, time(), UTC)
    debit = _debit(sale("", _AMOUNT, today - timedelta(days=4)), "standard", "standard")
    returned = replace(debit, updated_at=midnight, ach_returned_at=midnight)
    authorized = sale("", _AMOUNT, today - timedelta(days=7))
    events = (
        authorized.status_history[0],
        StatusEvent(status="authorization_expired", amount=authorized.amount, at=midnight),
    )
    failed = _in_status(debit, "settlement_declined")
    retried = {"upcoming_retry_date": (today + timedelta(days=1)).isoformat()}
    return (
        replace(returned, id="ach_txn_ret1", ach_return_code="R01"),
        replace(returned, id="ach_txn_ret2", ach_return_code="R02"),
        replace(
            authorized,
            id="authorization_expired_transaction",
            status="authorization_expired",
            updated_at=midnight,
            authorization_expires_at=midnight,
            status_history=events,
        ),
        replace(failed, id="first_attempted_ach_transaction", details={**failed.details, **retried}),
    )


_PAYPAL = Instrument(
    kind="paypal_account",
    element="paypal",
    fields={
        "token": None,
        "payer_email": "payer@example.com",
        "payment_id": "PAY-KNOWN",
        "authorization_id": "AUTH-KNOWN",
        "refund_from_transaction_fee_amount": "1.00",
        "refund_from_transaction_fee_currency_iso_code": "USD",
    },
    identifier="payer@example.com",
    number="",
)
_AUTHENTICATED: Fields = {
    "status": "authenticate_successful",
    "enrolled": "Y",
    "liability_shifted": True,
    "liability_shift_possible": True,
    "cavv": "somebase64value",
    "xid": "xidvalue",
    "eci_flag": "07",
    "ds_transaction_id": "dstxnid",
    "three_d_secure_version": "1.0.2",
}
_ACCOUNT = BankFacts(
    account_number="1000000000",
    routing_number="021000021",
    account_type="checking",
    account_holder_name="Dan Schulman",
    bank_name="JPMORGAN CHASE",
)


def _by_wallet(nonce: str) -> Instrument:
    """What a transaction shows that was paid by this test nonce."""
    facts = facts_of(nonce)
    shown = kind_of_facts(facts).instrument(facts, None)
    return _with(shown, {"payment_account_reference": _PAYMENT_ACCOUNT})


def _paypal_here(step: str) -> Instrument:
    """A card that was swiped with PayPal Here, as PayPal tells of that step."""
    return Instrument(
        kind="paypal_here",
        element="paypal_here",
        fields={
            "payment_id": "PAY-HERE",
            "payment_type": step,
            "authorization_id": "AUTH-HERE" if step == "auth_capture" else None,
            "capture_id": "CAPTURE-HERE" if step == "auth_capture" else None,
            "refund_id": "REFUND-HERE" if step == "refund" else None,
            "invoice_id": "INV2-HERE",
            "last_4": "1111",
            "transaction_fee_amount": "1.00",
            "transaction_fee_currency_iso_code": "USD",
            "transaction_initiation_date": _DAY,
            "transaction_updated_date": _DAY,
        },
        identifier="PAY-HERE",
        number="",
    )


def _with(instrument: Instrument, fields: Fields) -> Instrument:
    return replace(instrument, fields={**instrument.fields, **fields})


def _in_status(made: Transaction, status: str) -> Transaction:
    event = StatusEvent(status=status, amount=made.amount, at=made.updated_at)
    return replace(made, status=status, status_history=(*made.status_history[:-1], event))


def _adjusted(made: Transaction, said: Response) -> Transaction:
    adjustment = Adjustment(
        amount=Decimal("-20.00"),
        at=made.updated_at,
        success=said.type == APPROVED,
        processor_response_code=said.code,
        processor_response_text=said.text,
        processor_response_type=said.type,
    )
    return replace(_in_status(made, "authorized"), adjustments=(adjustment,))


def _debit(made: Transaction, ach_type: str, requested: str) -> Transaction:
    instrument = Instrument(
        kind="us_bank_account",
        element="us_bank_account",
        fields=account_fields(_ACCOUNT, None),
        identifier=_ACCOUNT.identifier,
        number=_ACCOUNT.account_number,
    )
    details: Fields = {"ach_type": ach_type, "requested_ach_type": requested}
    return replace(made, instrument=instrument, merchant_account_id="us_bank_merchant_account", details=details)


def _returned(made: Transaction) -> Transaction:
    debit = _debit(made, "standard", "standard")
    return replace(
        debit,
        ach_return_code="RJCT",
        ach_returned_at=debit.updated_at,
        details=debit.details | {"ach_reject_reason": "Bank accounts located outside of the U.S. are not supported"},
    )
