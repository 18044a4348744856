"""The merchant's accounts, as they are set up."""

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.merchant_accounts import MerchantAccount, Trait
from braintree_sandbox.wire.refusals import MalformedError, NotFoundError
from braintree_sandbox.wire.values import Collection, Fields, whole_number

routes = BraintreeRoutes()

_PAGE_SIZE = 20


def view(account: MerchantAccount) -> Fields:
    """Return the public facts of an account."""
    return {
        "id": account.id,
        "status": "suspended" if account.has(Trait.SUSPENDED) else "active",
        "currency_iso_code": account.currency,
        "default": account.default,
        "sub_merchant_account": False,
        "master_merchant_account": None,
    }


@routes.get("/merchant_accounts/{account_id}")
def find(call: Call) -> ApiResponse:
    """Return one account."""
    account = call.merchant.account(call.path["account_id"])
    if account is None:
        raise NotFoundError
    return found("merchant_account", view(account))


@routes.get("/merchant_accounts")
def list_page(call: Call) -> ApiResponse:
    """Return one page of all accounts; `page` counts from 1."""
    number, accounts = whole_number(call.query.get("page", "1")), call.merchant.accounts
    if not number:
        raise MalformedError("page must be a number from 1.")
    shown = accounts[(number - 1) * _PAGE_SIZE : number * _PAGE_SIZE]
    collection = Collection(
        "merchant_account", [view(one) for one in shown], _PAGE_SIZE, page=number, total=len(accounts)
    )
    return ApiResponse(200, "merchant_accounts", collection)
