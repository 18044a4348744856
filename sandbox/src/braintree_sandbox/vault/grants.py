"""Nonces that a merchant grants for a method in its vault: good for one payment, until they are revoked."""

from dataclasses import replace

from braintree_sandbox.call import Call
from braintree_sandbox.records.nonces import Nonce
from braintree_sandbox.vault import nonces
from braintree_sandbox.vault.kinds import Method


def grant(call: Call, method: Method, *, facts: object, vaultable: bool) -> Nonce:
    """Return a nonce for these details; it stays valid when the method is removed."""
    made = nonces.issue(call, "cc", facts=facts)
    return call.work.put(replace(made, granted_for=method.token, vaultable=vaultable))


def revoke(call: Call, method: Method) -> None:
    """Make every nonce that was granted for the method unusable."""
    for nonce in list(call.work.all(Nonce)):
        if nonce.granted_for == method.token:
            call.work.delete(nonce)
