"""Results of an authentication that another 3-D Secure provider made, `three_d_secure_pass_thru`."""

import re

from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, takes, text
from braintree_sandbox.wire.values import Params

THREE_D_SECURE_PASS_THRU = takes(
    "eci_flag", "cavv", "xid", "three_d_secure_version", "ds_transaction_id", "authentication_response",
    "directory_response", "cavv_algorithm",
)  # fmt: skip
_ECI_FLAGS = frozenset({"00", "01", "02", "05", "06", "07"})
_VERSION = re.compile(r"\d+\.\d+\.\d+\Z", re.ASCII)
_ECI_REQUIRED = Code("942113", "EciFlag is required.")
_ECI_INVALID = Code("942114", "EciFlag is invalid.")
_CAVV_REQUIRED = Code("942116", "Cavv is required.")
_VERSION_REQUIRED = Code("942117", "ThreeDSecureVersion is required.")
_VERSION_INVALID = Code("942119", "ThreeDSecureVersion must be digits separated by periods, such as 1.0.2.")
_OTHERS = {
    "authentication_response": (frozenset("YNUARC"), Code("942120", "AuthenticationResponse is invalid.")),
    "directory_response": (frozenset("YNUARC"), Code("942121", "DirectoryResponse is invalid.")),
    "cavv_algorithm": (frozenset("01234"), Code("942122", "CavvAlgorithm is invalid.")),
}


def check_pass_thru(params: Params, errors: ErrorTree) -> None:
    """Note what is missing or wrong in the result that comes with a verification; `errors` are those of its owner."""
    if "three_d_secure_pass_thru" not in params:
        return
    sent = section(params, "three_d_secure_pass_thru")
    here = errors.under("three_d_secure_pass_thru")
    eci, version = text(sent, "eci_flag"), text(sent, "three_d_secure_version")
    if eci is None:
        here.on("eci_flag", _ECI_REQUIRED)
    elif eci not in _ECI_FLAGS:
        here.on("eci_flag", _ECI_INVALID)
    if text(sent, "cavv") is None and eci is not None:
        here.on("cavv", _CAVV_REQUIRED)
    if version is None:
        here.on("three_d_secure_version", _VERSION_REQUIRED)
    elif not _VERSION.match(version):
        here.on("three_d_secure_version", _VERSION_INVALID)
    for name, (accepted, code) in _OTHERS.items():
        given = text(sent, name)
        if given is not None and given not in accepted:
            here.on(name, code)
