"""Search of disputes: by page, not by ids as everything else."""

from datetime import date

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call
from braintree_sandbox.resources.disputes import life
from braintree_sandbox.resources.disputes.life import Disputed
from braintree_sandbox.resources.disputes.view import view
from braintree_sandbox.search import PAGE_SIZE, Field, matching, one_of, range_of, text_of
from braintree_sandbox.wire.refusals import MalformedError
from braintree_sandbox.wire.values import Collection, whole_number

routes = BraintreeRoutes()

_PROTECTION = {
    "effortless": "Effortless Chargeback Protection tool",
    "standard": "Chargeback Protection tool",
    None: "No Protection",
}


def _steps(name: str) -> Field[Disputed]:
    def days(row: Disputed) -> list[date]:
        return [getattr(event, name) for event in row.dispute.status_history]

    return range_of(days)


_FIELDS: dict[str, Field[Disputed]] = {
    "id": text_of(lambda row: row.dispute.id),
    "transaction_id": text_of(lambda row: row.transaction.id),
    "customer_id": text_of(lambda row: row.transaction.customer_id),
    "case_number": text_of(lambda row: row.dispute.case_number),
    "reference_number": text_of(lambda row: row.dispute.reference_number),
    "kind": one_of(lambda row: row.dispute.kind),
    "status": one_of(lambda row: row.dispute.status),
    "reason": one_of(lambda row: row.dispute.reason),
    "reason_code": one_of(lambda row: row.dispute.reason_code),
    "merchant_account_id": one_of(lambda row: row.transaction.merchant_account_id),
    "pre_dispute_program": one_of(lambda row: row.dispute.pre_dispute_program),
    "chargeback_protection_level": one_of(lambda row: row.dispute.protection or "not_protected"),
    "protection_level": one_of(lambda row: _PROTECTION[row.dispute.protection]),
    "transaction_source": one_of(lambda _: "api"),
    "amount_disputed": range_of(lambda row: row.dispute.amount),
    "amount_won": range_of(lambda row: row.dispute.amount_won),
    "received_date": range_of(lambda row: row.dispute.received_date),
    "reply_by_date": range_of(lambda row: row.dispute.reply_by_date),
    "effective_date": _steps("effective_date"),
    "disbursement_date": _steps("disbursement_date"),
}


@routes.post("/disputes/advanced_search")
def search(call: Call) -> ApiResponse:
    """Return one page of the disputes that match, newest first."""
    page = whole_number(call.query.get("page", "1"))
    if not page:
        raise MalformedError("Pages are counted from 1.")
    rows = list(matching(life.all_of(call.work), _FIELDS, call.params("search")))
    rows.reverse()
    shown = rows[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    views = [view(row.transaction, row.dispute) for row in shown]
    return ApiResponse(200, "disputes", Collection("dispute", views, PAGE_SIZE, page=page, total=len(rows)))
