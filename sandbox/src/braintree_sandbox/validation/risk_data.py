"""`risk_data`: facts about the customer's device and history."""

import re

from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, takes, text
from braintree_sandbox.wire.values import Params

RISK_DATA = takes("customer_browser", "customer_device_id", "customer_ip", "customer_location_zip", "customer_tenure")
_TOO_LONG = {
    "customer_browser": (255, Code("94701", "Customer browser is too long.")),
    "customer_device_id": (255, Code("94702", "Customer device ID is too long.")),
    "customer_tenure": (20, Code("94706", "Customer tenure is too long.")),
}
_ZIP = re.compile(r"[A-Za-z0-9 -]*\Z")
_ZIP_CHARACTERS = Code("94703", "Customer location zip may only contain letters, numbers, spaces and hyphens.")
_ZIP_TOO_LONG = Code("94705", "Customer location zip may contain no more than 9 letter or number characters.")
_ZIP_INVALID = Code("94704", "Customer location zip is invalid.")


def check_risk_data(params: Params, errors: ErrorTree) -> None:
    """Note errors of the `risk_data` among `params`, in its owner's `errors`."""
    sent = section(params, "risk_data")
    here = errors.under("risk_data")
    for name, (longest, code) in _TOO_LONG.items():
        if len(text(sent, name) or "") > longest:
            here.on(name, code)
    postal_code = text(sent, "customer_location_zip") or ""
    significant = re.sub(r"[ -]", "", postal_code)
    if not _ZIP.match(postal_code):
        here.on("customer_location_zip", _ZIP_CHARACTERS)
    elif len(significant) > 9:
        here.on("customer_location_zip", _ZIP_TOO_LONG)
    elif postal_code and not significant:
        here.on("customer_location_zip", _ZIP_INVALID)
