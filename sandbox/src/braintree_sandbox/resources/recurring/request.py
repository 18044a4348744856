"""A request for a subscription or a change of one, read field by field; errors are noted."""

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from braintree_sandbox.call import Call
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.records.subscriptions import Plan, Subscription
from braintree_sandbox.resources.recurring import codes
from braintree_sandbox.resources.recurring.billing import months_later
from braintree_sandbox.resources.transactions.amounts import MAX_AMOUNT, read_descriptor
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import ErrorTree
from braintree_sandbox.validation.params import amount, flag, section, text
from braintree_sandbox.vault import methods, nonces
from braintree_sandbox.wire.values import Params, day_of, whole_number

_ID = re.compile(r"[A-Za-z0-9_-]+\Z")
_UNITS = frozenset({"day", "month"})
# Years and days that every calendar has room for.
_LAST_YEAR = 2200
_LONGEST_TRIAL = 999


def read_id(call: Call, params: Params, errors: ErrorTree, *, current: str | None = None) -> str:
    """Return the id in the request, else the current or a new one of six characters."""
    wanted = text(params, "id")
    if wanted is None:
        return current or ids.token() + ids.token()[:1]
    if not _ID.match(wanted):
        errors.on("id", codes.ID_INVALID)
    elif wanted != current and call.work.get(Subscription, wanted) is not None:
        errors.on("id", codes.ID_IN_USE)
    return wanted


def read_token(call: Call, params: Params, errors: ErrorTree, *, current: str | None = None) -> str:
    """Return the method to bill, by token or by a nonce of one; after the first it must be the same customer's."""
    nonce, token = text(params, "payment_method_nonce"), text(params, "payment_method_token")
    if nonce is not None:
        resolved = nonces.resolve(call, nonce, codes.NONCE_CODES, errors, card_errors=errors)
        if resolved is not None and resolved.method is None:
            unvaulted = isinstance(resolved.facts, CardFacts)
            errors.on("payment_method_nonce", codes.NONCE_NOT_VAULTED if unvaulted else codes.NONCE_INVALID)
        return resolved.method.token if resolved is not None and resolved.method is not None else ""
    if token is None and current is not None:
        return current
    method, before = methods.find(call.work, token), methods.find(call.work, current)
    if method is None:
        errors.on("payment_method_token", codes.TOKEN_INVALID)
    elif before is not None and before.customer_id != method.customer_id:
        errors.on("payment_method_token", codes.TOKEN_OF_ANOTHER)
    return token or ""


def read_price(params: Params, errors: ErrorTree, default: Decimal) -> Decimal:
    """Return the price in the request, else the plan's."""
    if "price" not in params:
        return default
    raw = text(params, "price")
    parsed = amount(raw) if raw is not None else None
    if raw is None:
        errors.on("price", codes.PRICE_BLANK)
    elif parsed is None or parsed < 0:
        errors.on("price", codes.PRICE_FORMAT)
    elif parsed > MAX_AMOUNT:
        errors.on("price", codes.PRICE_TOO_LARGE)
    return parsed or Decimal("0.00")


def read_account(call: Call, params: Params, errors: ErrorTree, *, current: str | None = None) -> str:
    """Return the merchant account that is paid into."""
    wanted = text(params, "merchant_account_id")
    if wanted is None:
        return current or call.merchant.default_account.id
    if call.merchant.account(wanted) is None:
        errors.on("merchant_account_id", codes.ACCOUNT_INVALID)
    return wanted


def read_cycles(params: Params, errors: ErrorTree, default: int | None, *, done: int = 0) -> int | None:
    """Return the number of periods; None for no end."""
    if flag(params, "never_expires"):
        return None
    raw = text(params, "number_of_billing_cycles")
    if raw is None:
        return default
    number = whole_number(raw.removeprefix("-"))
    if number is None:
        errors.on("number_of_billing_cycles", codes.CYCLES_NUMERIC)
    elif raw.startswith("-") or number == 0:
        errors.on("number_of_billing_cycles", codes.CYCLES_NOT_POSITIVE)
    elif number < done:
        errors.on("number_of_billing_cycles", codes.CYCLES_TOO_FEW)
    else:
        return number
    return default


def read_trial(params: Params, plan: Plan, errors: ErrorTree) -> tuple[bool, int | None, str | None]:
    """Return whether there is a trial, its length and its unit."""
    trial = flag(params, "trial_period") if "trial_period" in params else plan.trial_period
    if not trial:
        return False, None, None
    raw = text(params, "trial_duration")
    unit = text(params, "trial_duration_unit") or plan.trial_duration_unit
    sent = whole_number(raw)
    if raw is not None and (sent is None or sent > _LONGEST_TRIAL):
        errors.on("trial_duration", codes.TRIAL_DURATION_FORMAT)
        return True, None, unit
    duration = plan.trial_duration if sent is None else sent
    if duration is None:
        errors.on("trial_duration", codes.TRIAL_DURATION_REQUIRED)
    if unit not in _UNITS:
        errors.on("trial_duration_unit", codes.TRIAL_UNIT_INVALID)
    return True, duration, unit


def read_day(params: Params, errors: ErrorTree) -> int | None:
    """Return the day of the month on which bills are made; 31 is the last."""
    raw = text(params, "billing_day_of_month")
    if raw is None:
        return None
    day = whole_number(raw.removeprefix("-"))
    if day is None:
        errors.on("billing_day_of_month", codes.DAY_NUMERIC)
        return None
    if raw.startswith("-") or not (1 <= day <= 28 or day == 31):
        errors.on("billing_day_of_month", codes.DAY_INVALID)
        return None
    return day


def read_first_date(call: Call, params: Params, errors: ErrorTree) -> date | None:
    """Return the day of the first bill, if one was sent."""
    sent = params.get("first_billing_date")
    if sent is None:
        return None
    wanted = day_of(sent)
    if wanted is None or wanted.year > _LAST_YEAR:
        errors.on("first_billing_date", codes.DATE_INVALID)
        return None
    if wanted < call.now.date():
        errors.on("first_billing_date", codes.DATE_PAST)
    return wanted


def end_of_trial(today: date, duration: int | None, unit: str | None) -> date:
    """Return the day after a trial that begins today."""
    return months_later(today, duration or 0) if unit == "month" else today + timedelta(days=duration or 0)


def with_words(subscription: Subscription, params: Params, errors: ErrorTree) -> Subscription:
    """Return the subscription with the texts of its bills, for PayPal's customers and the statement."""
    paypal = section(section(params, "options"), "paypal")
    if "description" in paypal:
        subscription = replace(subscription, description=text(paypal, "description"))
    if not section(params, "descriptor"):
        return subscription
    descriptor = read_descriptor(params, errors)
    return replace(
        subscription,
        descriptor_name=descriptor["name"],
        descriptor_phone=descriptor["phone"],
        descriptor_url=descriptor["url"],
    )
