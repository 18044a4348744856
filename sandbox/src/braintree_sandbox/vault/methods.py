"""The vault across kinds: tokens are unique over all of them, and a customer has one default."""

import re
from dataclasses import replace
from typing import Any, cast

from braintree_sandbox.call import Call
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.records.subscriptions import Subscription
from braintree_sandbox.state import ids
from braintree_sandbox.state.store import Work
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import text
from braintree_sandbox.vault.kinds import KINDS, Method
from braintree_sandbox.vault.subscriptions import end_all
from braintree_sandbox.wire.values import Params

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\Z")
MAX_TOKEN = 36
RESERVED = frozenset({"all", "new"})

TOKEN_INVALID = Code("91718", "Token is invalid.")
TOKEN_REQUIRED = Code("91722", "Token is required.")
TOKEN_IN_USE = Code("91719", "Duplicate token exists.")
TOKEN_TOO_LONG = Code("91720", f"Token is too long (maximum is {MAX_TOKEN} characters).")
TOKEN_NOT_ALLOWED = Code("91721", "Token is not an allowed token.")


def find(work: Work, token: str | None) -> Method | None:
    """Return the vaulted method of that token, of any kind."""
    for kind in KINDS:
        method: Method | None = work.get(kind.record, token)
        if method is not None:
            return method
    return None


def of_customer(work: Work, customer_id: str) -> list[Method]:
    """Return all methods of a customer, kind by kind, oldest first within each."""
    return [method for kind in KINDS for method in work.where(kind.record, "customer_id", customer_id)]


def is_default(work: Work, method: Method) -> bool:
    """Return whether the customer pays with this one by default."""
    customer = work.get(Customer, method.customer_id)
    return customer is not None and customer.default_token == method.token


def read_token(
    work: Work, params: Params, errors: ErrorTree, *, current: str | None = None, in_use: Code = TOKEN_IN_USE
) -> str:
    """Return the token in the request, else the current or a new one; note errors, `in_use` when it is taken."""
    wanted = text(params, "token")
    if wanted is None:
        if current is not None and "token" in params:
            errors.on("token", TOKEN_REQUIRED)
        return current or _fresh_token(work)
    if len(wanted) > MAX_TOKEN:
        errors.on("token", TOKEN_TOO_LONG)
    elif not _TOKEN.match(wanted):
        errors.on("token", TOKEN_INVALID)
    elif wanted in RESERVED:
        errors.on("token", TOKEN_NOT_ALLOWED)
    elif wanted != current and find(work, wanted) is not None:
        errors.on("token", in_use)
    return wanted


def place_default(call: Call, method: Method, *, asked: bool) -> None:
    """Make this the customer's default if `asked`, or if there is none."""
    customer = call.work.get(Customer, method.customer_id)
    if customer is not None and (asked or customer.default_token is None):
        call.work.put(replace(customer, default_token=method.token, updated_at=call.now))


def rename(call: Call, old: Method, new: Method) -> None:
    """Replace a method by one of another token; the default and its subscriptions follow."""
    customer = call.work.get(Customer, old.customer_id)
    call.work.delete(old)
    call.work.put(new)
    for subscription in call.work.where(Subscription, "token", old.token):
        call.work.put(replace(subscription, token=new.token))
    if customer is not None and customer.default_token == old.token:
        call.work.put(replace(customer, default_token=new.token, updated_at=call.now))


def remove(call: Call, method: Method) -> None:
    """Take a method out of the vault with its subscriptions; if it was the default, the oldest left takes over."""
    was_default = is_default(call.work, method)
    call.work.delete(method)
    end_all(call.work, method.token, call.now)
    customer = call.work.get(Customer, method.customer_id)
    if was_default and customer is not None:
        left = of_customer(call.work, customer.id)
        heir = min(left, key=lambda one: one.created_at).token if left else None
        call.work.put(replace(customer, default_token=heir, updated_at=call.now))


def give_to(work: Work, method: Method, customer_id: str) -> None:
    """Put a method into another customer's vault."""
    # Every kind's record is a dataclass, which a Protocol can't express.
    work.put(replace(cast("Any", method), customer_id=customer_id))


def _fresh_token(work: Work) -> str:
    while True:
        token = ids.token()
        if find(work, token) is None:
            return token
