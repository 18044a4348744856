"""Asking for the money of an authorisation: whole, in parts, and changing one's mind about the details."""

from dataclasses import dataclass, replace
from decimal import Decimal

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.merchant_accounts import Trait
from braintree_sandbox.records.customer import Address
from braintree_sandbox.records.transactions import StatusEvent, Transaction
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.transactions import accepted, codes
from braintree_sandbox.resources.transactions.amounts import read_amount, read_descriptor, read_order_id
from braintree_sandbox.resources.transactions.idempotency import once
from braintree_sandbox.resources.transactions.reading.details import read_details
from braintree_sandbox.resources.transactions.reading.industry import check_industry
from braintree_sandbox.resources.transactions.reading.line_items import LineItem, read_line_items
from braintree_sandbox.resources.transactions.steps import moved, new_transaction, transaction_of
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.validation.errors import ErrorTree, InvalidError
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.vault.kinds import kind_named
from braintree_sandbox.wire.values import Fields, Params

routes = BraintreeRoutes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The other fields of a submission; a field that it does not have stays."""

    order_id: str | None
    descriptor: dict[str, str | None]
    details: Fields
    line_items: tuple[LineItem, ...]
    shipping: dict[str, str | None]

    def change(self, transaction: Transaction) -> Transaction:
        """Return the transaction as the submission describes it."""
        sent: Fields = {name: value for name, value in self.details.items() if value is not None}
        return replace(
            transaction,
            order_id=self.order_id or transaction.order_id,
            descriptor=self.descriptor or transaction.descriptor,
            details=transaction.details | sent,
            line_items=self.line_items or transaction.line_items,
            shipping=self.shipping or transaction.shipping,
        )


@routes.put("/transactions/{transaction_id}/submit_for_settlement")
@once("submit_for_settlement", new=False)
def submit(call: Call) -> Transaction:
    """Submit the authorised amount for settlement, or less."""
    transaction = transaction_of(call)
    params = call.params("transaction", accepted.SUBMISSION)
    errors = ErrorTree()
    here = errors.under("transaction")
    if transaction.status != "authorized":
        here.on("base", codes.CANNOT_SUBMIT)
    amount = _amount(params, here, most=transaction.authorized_amount, default=transaction.amount)
    submission = _read(call, params, transaction, here)
    if errors:
        raise InvalidError(errors)
    kind = kind_named(transaction.instrument.kind)
    submitted = replace(
        moved(transaction, kind.submitted, call.now, amount=amount),
        instrument=kind.captured(transaction.instrument),
        authorization_expires_at=None,
    )
    return call.work.put(submission.change(submitted))


@routes.post("/transactions/{transaction_id}/submit_for_partial_settlement")
@once("submit_for_partial_settlement", new=False)
def submit_part(call: Call) -> Transaction:
    """Submit a part as a sale of its own; the authorisation stays open until all of it was submitted."""
    transaction = transaction_of(call)
    params = call.params("transaction", accepted.PARTIAL_SUBMISSION)
    errors = ErrorTree()
    here = errors.under("transaction")
    kind = kind_named(transaction.instrument.kind)
    if not kind.partial:
        here.on("base", codes.NO_PARTIAL_SETTLEMENT)
    elif not _may_be_settled_in_parts(transaction):
        here.on("base", codes.CANNOT_SUBMIT_PART)
    amount = _amount(params, here, most=transaction.authorized_amount - _taken(call, transaction))
    submission = _read(call, params, transaction, here)
    if errors:
        raise InvalidError(errors)
    part = call.work.put(submission.change(_part(call, transaction, amount)))
    parent = (
        transaction
        if transaction.status == "settlement_pending"
        else moved(transaction, "settlement_pending", call.now)
    )
    call.work.put(
        replace(
            parent,
            partial_settlement_ids=(*transaction.partial_settlement_ids, part.id),
            finally_captured=flag(params, "final_capture"),
            updated_at=call.now,
        )
    )
    return part


@routes.put("/transactions/{transaction_id}/update_details")
def update_details(call: Call) -> ApiResponse:
    """Change amount, order id or descriptor before the bank's batch runs."""
    transaction = transaction_of(call)
    params = call.params("transaction", accepted.UPDATE)
    errors = ErrorTree()
    here = errors.under("transaction")
    account = call.merchant.account(transaction.merchant_account_id)
    if account is not None and account.has(Trait.FIXED_ONCE_SUBMITTED):
        here.on("base", codes.NO_UPDATE)
    elif transaction.status != "submitted_for_settlement":
        here.on("base", codes.CANNOT_UPDATE)
    amount = _amount(params, here, most=transaction.authorized_amount, default=transaction.amount)
    order_id, descriptor = read_order_id(params, here), read_descriptor(params, here)
    if errors:
        raise InvalidError(errors)
    updated = replace(
        transaction,
        amount=amount,
        order_id=order_id or transaction.order_id,
        descriptor=descriptor or transaction.descriptor,
        updated_at=call.now,
    )
    return found("transaction", view(call.work.put(updated)))


def _amount(params: Params, errors: ErrorTree, *, most: Decimal, default: Decimal | None = None) -> Decimal:
    amount = read_amount(params, errors, default=default)
    if amount > most:
        errors.on("amount", codes.SETTLEMENT_AMOUNT_TOO_LARGE)
    return amount


def _read(call: Call, params: Params, transaction: Transaction, errors: ErrorTree) -> Submission:
    check_industry(params, errors)
    return Submission(
        order_id=read_order_id(params, errors),
        descriptor=read_descriptor(params, errors),
        details=read_details(params, errors),
        line_items=read_line_items(params, errors),
        shipping=_shipping(call, params, transaction, errors),
    )


def _shipping(call: Call, params: Params, transaction: Transaction, errors: ErrorTree) -> dict[str, str | None]:
    typed, wanted = section(params, "shipping"), text(params, "shipping_address_id")
    if typed:
        return addresses.read(typed, errors.under("shipping"))
    if wanted is None:
        return {}
    address = call.work.get(Address, f"{transaction.customer_id}/{wanted}")
    if address is None:
        errors.on("shipping_address_id", codes.SHIPPING_ADDRESS_OF_ANOTHER)
        return {}
    return address.fields | {"id": address.id}


def _may_be_settled_in_parts(transaction: Transaction) -> bool:
    begun = transaction.status == "settlement_pending" and bool(transaction.partial_settlement_ids)
    return transaction.status == "authorized" or (begun and not transaction.finally_captured)


def _taken(call: Call, authorisation: Transaction) -> Decimal:
    """Return the total of the parts so far, without those that failed."""
    parts = [call.work.get(Transaction, part_id) for part_id in authorisation.partial_settlement_ids]
    lost = {"voided", "settlement_declined"}
    return sum((part.amount for part in parts if part is not None and part.status not in lost), Decimal(0))


def _part(call: Call, authorisation: Transaction, amount: Decimal) -> Transaction:
    kind = kind_named(authorisation.instrument.kind)
    history = tuple(StatusEvent(status=step, amount=amount, at=call.now) for step in ("authorized", kind.submitted))
    return replace(
        new_transaction(authorisation, history),
        instrument=kind.captured(authorisation.instrument),
        authorized_transaction_id=authorisation.id,
    )
