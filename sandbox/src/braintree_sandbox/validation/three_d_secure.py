"""The result of an authentication by another 3-D Secure provider, `three_d_secure_pass_thru`."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, takes, text
from braintree_sandbox.wire.values import Params

THREE_D_SECURE_PASS_THRU = takes(
    "eci_flag", "cavv", "xid", "three_d_secure_version", "ds_transaction_id", "authentication_response",
    "directory_response", "cavv_algorithm",
)  # fmt: skip
_ECI_FLAGS = frozenset({"00", "01", "02", "05", "06", "07"})
_VERSION = re.compile(r"\d+\.\d+\.\d+\Z", re.ASCII)
_LETTERS = {
    "authentication_response": frozenset("YNUARC"),
    "directory_response": frozenset("YNUARC"),
    "cavv_algorithm": frozenset("01234"),
}


class PassThruCodes(NamedTuple):
    """The codes for the errors of a card, or for those of a sale; a check without a code is left out."""

    eci_required: Code
    eci_invalid: Code
    cavv_required: Code
    xid_required: Code | None
    version_required: Code | None
    version_invalid: Code | None
    letters: Mapping[str, Code]


CARD_CODES = PassThruCodes(
    eci_required=Code("942113", "EciFlag is required."),
    eci_invalid=Code("942114", "EciFlag is invalid."),
    cavv_required=Code("942116", "Cavv is required."),
    xid_required=None,
    version_required=Code("942117", "ThreeDSecureVersion is required."),
    version_invalid=Code("942119", "ThreeDSecureVersion must be digits separated by periods, such as 1.0.2."),
    letters={
        "authentication_response": Code("942120", "AuthenticationResponse is invalid."),
        "directory_response": Code("942121", "DirectoryResponse is invalid."),
        "cavv_algorithm": Code("942122", "CavvAlgorithm is invalid."),
    },
)
"""For a card that is verified."""

SALE_CODES = PassThruCodes(
    eci_required=Code("915113", "EciFlag is required."),
    eci_invalid=Code("915114", "EciFlag is invalid."),
    cavv_required=Code("915116", "Cavv is required."),
    xid_required=Code("915115", "Xid is required."),
    version_required=None,
    version_invalid=None,
    letters={
        "authentication_response": Code("915120", "AuthenticationResponse is invalid."),
        "directory_response": Code("915121", "DirectoryResponse is invalid."),
        "cavv_algorithm": Code("915122", "CavvAlgorithm is invalid."),
    },
)
"""For a sale."""


def check_pass_thru(params: Params, errors: ErrorTree, codes: PassThruCodes) -> None:
    """Note the errors of the result, under the `errors` of its card or sale."""
    if "three_d_secure_pass_thru" not in params:
        return
    sent = section(params, "three_d_secure_pass_thru")
    own_errors = errors.under("three_d_secure_pass_thru")
    eci, version = text(sent, "eci_flag"), text(sent, "three_d_secure_version")
    if eci is None:
        own_errors.on("eci_flag", codes.eci_required)
    elif eci not in _ECI_FLAGS:
        own_errors.on("eci_flag", codes.eci_invalid)
    if text(sent, "cavv") is None and eci is not None:
        own_errors.on("cavv", codes.cavv_required)
    # In the protocol's second version a directory server's id takes the place of `xid`.
    if codes.xid_required and text(sent, "xid") is None and not (version or "").startswith("2"):
        own_errors.on("xid", codes.xid_required)
    if version is None and codes.version_required:
        own_errors.on("three_d_secure_version", codes.version_required)
    elif version is not None and codes.version_invalid and not _VERSION.match(version):
        own_errors.on("three_d_secure_version", codes.version_invalid)
    for name, accepted in _LETTERS.items():
        given = text(sent, name)
        if given is not None and given not in accepted:
            own_errors.on(name, codes.letters[name])
