"""Add-ons and discounts that a request adds, changes or removes."""

from dataclasses import replace

from braintree_sandbox.call import Call
from braintree_sandbox.records.subscriptions import Modification
from braintree_sandbox.resources.recurring import codes
from braintree_sandbox.resources.recurring.plans import offered
from braintree_sandbox.validation.errors import ErrorTree
from braintree_sandbox.validation.params import amount, flag, section, takes, text
from braintree_sandbox.wire.values import Params, Value, whole_number

_TERMS = takes("amount", "never_expires", "number_of_billing_cycles", "quantity")
ACCEPTED = takes("remove", add=_TERMS.plus("inherited_from_id"), update=_TERMS.plus("existing_id"))

_LISTS = {"add_on": "add_ons", "discount": "discounts"}


def changed(
    call: Call, current: tuple[Modification, ...], params: Params, errors: ErrorTree
) -> tuple[Modification, ...]:
    """Return the changed modifications; note errors under the list, the verb and the place in it."""
    found: list[Modification] = []
    for kind, name in _LISTS.items():
        own = {one.id: one for one in current if one.kind == kind}
        sent, here = section(params, name), errors.under(name)
        _remove(own, sent, here)
        _update(own, sent, here)
        _add(call, kind, own, sent, here)
        found += own.values()
    return tuple(found)


def _remove(own: dict[str, Modification], sent: Params, errors: ErrorTree) -> None:
    for index, name in enumerate(_items(sent.get("remove"))):
        if own.pop(str(name), None) is None:
            errors.under("remove").under(f"index_{index}").on("base", codes.TO_REMOVE_NOT_PRESENT)


def _update(own: dict[str, Modification], sent: Params, errors: ErrorTree) -> None:
    for index, item in enumerate(_items(sent.get("update"))):
        here = errors.under("update").under(f"index_{index}")
        terms = item if isinstance(item, dict) else {}
        name = text(terms, "existing_id")
        if name is None or name not in own:
            here.on("existing_id", codes.EXISTING_ID_REQUIRED if name is None else codes.EXISTING_ID_INVALID)
        else:
            own[name] = _with_terms(own[name], terms, here)


def _add(call: Call, kind: str, own: dict[str, Modification], sent: Params, errors: ErrorTree) -> None:
    offers = {one.id: one for one in offered(call, kind)}
    for index, item in enumerate(_items(sent.get("add"))):
        here = errors.under("add").under(f"index_{index}")
        terms = item if isinstance(item, dict) else {}
        name = text(terms, "inherited_from_id")
        if name is None or name not in offers:
            here.on("inherited_from_id", codes.INHERITED_ID_REQUIRED if name is None else codes.INHERITED_ID_INVALID)
        elif name in own:
            here.on("base", codes.DUPLICATE_MODIFICATION)
        else:
            own[name] = _with_terms(offers[name], terms, here)


def _with_terms(one: Modification, terms: Params, errors: ErrorTree) -> Modification:
    price = text(terms, "amount")
    quantity, cycles = (whole_number(text(terms, name)) for name in ("quantity", "number_of_billing_cycles"))
    parsed = None if price is None else amount(price)
    if price is not None and (parsed is None or parsed < 0):
        errors.on("amount", codes.AMOUNT_INVALID)
    if quantity is None and terms.get("quantity") is not None:
        errors.on("quantity", codes.QUANTITY_INVALID)
    elif quantity == 0:
        errors.on("quantity", codes.QUANTITY_NOT_POSITIVE)
    if cycles is None and terms.get("number_of_billing_cycles") is not None:
        errors.on("number_of_billing_cycles", codes.MODIFICATION_CYCLES_INVALID)
    elif cycles == 0:
        errors.on("number_of_billing_cycles", codes.MODIFICATION_CYCLES_NOT_POSITIVE)
    if cycles is not None and flag(terms, "never_expires"):
        errors.on("base", codes.MODIFICATION_CYCLES_CONFLICT)
    if errors:
        return one
    never = flag(terms, "never_expires")
    return replace(
        one,
        plan_id=None,
        amount=one.amount if parsed is None else parsed,
        quantity=one.quantity if quantity is None else quantity,
        number_of_billing_cycles=None if never else one.number_of_billing_cycles if cycles is None else cycles,
    )


def _items(sent: Value) -> list[Value]:
    return sent if isinstance(sent, list) else [] if sent is None else [sent]
