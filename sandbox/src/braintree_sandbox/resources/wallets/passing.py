"""Kinds that pay once and are never vaulted."""

from dataclasses import dataclass
from typing import TypeVar

from braintree_sandbox.resources.wallets.wallet import NOT_FOR_THE_VAULT, Wallet, WalletMethod
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record
from braintree_sandbox.validation.errors import ErrorTree

F = TypeVar("F")
C = TypeVar("C", bound=WalletCardFacts)


@record("never_vaulted")
@dataclass(frozen=True, slots=True, kw_only=True)
class NeverVaulted(WalletMethod[object]):
    """The record type of these kinds; none is ever stored."""


class Passing(Wallet[F, NeverVaulted]):
    """A kind whose nonces the vault refuses."""

    record = NeverVaulted

    def check_storing(self, facts: F, errors: ErrorTree) -> None:
        """Note that the vault refuses this kind."""
        del facts
        errors.on("base", NOT_FOR_THE_VAULT)


class PassingCards(WalletCards[C, NeverVaulted]):
    """A kind of card whose nonces the vault refuses."""

    record = NeverVaulted

    def check_storing(self, facts: C, errors: ErrorTree) -> None:
        """Note that the vault refuses this kind."""
        del facts
        errors.on("base", NOT_FOR_THE_VAULT)
