"""Cards that are kept in another provider's vault, and the ids that link a series of payments."""

import re

from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.wire.values import Params

_STATUS_INVALID = Code("915175", "External vault status is invalid.")
_STATUS_WITH_NETWORK_ID = Code("915177", "A previous network transaction ID needs the status vaulted.")
_STATUS_WITH_LINK_ID = Code("915278", "A previous Mastercard transaction link ID needs the status vaulted.")
_NETWORK_ID_INVALID = Code("915179", "Previous network transaction ID is invalid.")
_LINK_ID_INVALID = Code("915279", "Previous Mastercard transaction link ID is invalid.")
_NOT_A_CARD = Code("915176", "Only cards can be kept in an external vault.")

_STATUSES = frozenset({"vaulted", "will_vault"})
_NETWORK_ID = re.compile(r"[A-Za-z0-9]{1,15}\Z")
_LINK_ID = re.compile(r"[A-Za-z0-9._-]{1,36}\Z")
_PREVIOUS = (
    ("previous_network_transaction_id", _NETWORK_ID, _NETWORK_ID_INVALID, _STATUS_WITH_NETWORK_ID),
    ("previous_mastercard_transaction_link_id", _LINK_ID, _LINK_ID_INVALID, _STATUS_WITH_LINK_ID),
)


def check_external_vault(params: Params, errors: ErrorTree, *, instrument: str) -> None:
    """Note errors of the `external_vault` of a sale paid by that kind of instrument."""
    vault = section(params, "external_vault")
    if not vault:
        return
    if instrument != "credit_card":
        errors.on("external_vault", _NOT_A_CARD)
    here = errors.under("external_vault")
    status = text(vault, "status")
    if status is not None and status not in _STATUSES:
        here.on("status", _STATUS_INVALID)
    for name, pattern, invalid, misplaced in _PREVIOUS:
        previous = text(vault, name)
        if previous is None:
            continue
        if status == "will_vault":
            here.on("status", misplaced)
        if not pattern.match(previous):
            here.on(name, invalid)
