"""The merchant accounts of the settings, and whether the gateway keeps them in the currencies that the settings say."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from braintree.braintree_gateway import BraintreeGateway
from braintree.exceptions.authorization_error import AuthorizationError
from braintree.exceptions.not_found_error import NotFoundError

from billing_api.config import Settings
from billing_api.gateway.failures import GatewayUnavailableError
from billing_api.gateway.methods import MethodKind
from billing_api.kit.clock import Clock

log = structlog.get_logger(__name__)

_ACH_CURRENCY = "USD"
# An account that did not agree with the settings is looked up again: it, or a permission, may be new since.
_CHECK_AGAIN_AFTER = timedelta(minutes=1)

AccountUse = tuple[MethodKind, str]


class MerchantAccounts:
    """Where the money of each currency goes; an amount means another sum in another currency, so nothing is assumed."""

    def __init__(self, settings: Settings, sdk: BraintreeGateway, clock: Clock) -> None:
        self._sdk = sdk
        self._clock = clock
        self._of: dict[AccountUse, str] = {
            (MethodKind.CARD, currency): name for currency, name in settings.gateway_merchant_accounts.items()
        }
        if settings.gateway_ach_merchant_account:
            self._of[MethodKind.US_BANK_ACCOUNT, _ACH_CURRENCY] = settings.gateway_ach_merchant_account
        self._verified: set[AccountUse] = set()
        self._refused: set[AccountUse] = set()
        self._checked_at: dict[AccountUse, datetime] = {}

    def can_charge(self, kind: MethodKind, currency: str) -> bool:
        """Return whether an account charges this kind of method in this currency, as far as is known."""
        return (kind, currency) in self._of and (kind, currency) not in self._refused

    @property
    def are_checked(self) -> bool:
        """Whether every account has the currency of the settings."""
        return len(self._verified) == len(self._of)

    def check(self) -> None:
        """Look up the currency of each account that is not verified; blocks. Raise the SDK's errors."""
        self._check(self._of)

    def require(self, kind: MethodKind, currency: str) -> str:
        """Return the account when its currency is verified; blocks.

        Raise GatewayUnavailableError when there is none or the gateway can't be reached: nothing was charged then.
        """
        use = (kind, currency)
        if use in self._of:
            try:
                self._check([use])
            except Exception as error:  # whatever it is, nothing was charged
                raise GatewayUnavailableError(type(error).__name__) from error
        if use not in self._verified:
            raise GatewayUnavailableError(f"no merchant account is known to charge {currency}")
        return self._of[use]

    def _check(self, uses: Iterable[AccountUse]) -> None:
        for use in uses:
            if use not in self._verified and not self._was_just_checked(use):
                self._compare(use)

    def _was_just_checked(self, use: AccountUse) -> bool:
        checked_at = self._checked_at.get(use)
        return checked_at is not None and checked_at <= self._clock.now() < checked_at + _CHECK_AGAIN_AFTER

    def _compare(self, use: AccountUse) -> None:
        name, currency = self._of[use], use[1]
        try:
            found = str(self._sdk.merchant_account.find(name).currency_iso_code)
        except NotFoundError:
            found = None
        except AuthorizationError:
            log.exception("merchant_account_not_readable", account=name)
            self._checked_at[use] = self._clock.now()
            return
        self._checked_at[use] = self._clock.now()
        if found == currency:
            self._verified.add(use)
            self._refused.discard(use)
        else:
            log.error("merchant_account_refused", account=name, wanted=currency, found=found or "no such account")
            self._refused.add(use)
