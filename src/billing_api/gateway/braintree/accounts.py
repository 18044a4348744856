"""The merchant accounts of the settings, and whether the gateway keeps them in the currencies that the settings say."""

from collections.abc import Iterable

import structlog
from braintree.braintree_gateway import BraintreeGateway
from braintree.exceptions.authorization_error import AuthorizationError
from braintree.exceptions.not_found_error import NotFoundError

from billing_api.config import Settings
from billing_api.gateway.port import GatewayUnavailableError, MethodKind

log = structlog.get_logger(__name__)

_ACH_CURRENCY = "USD"


class MerchantAccounts:
    """Where the money of each currency goes; an amount means another sum in another currency, so nothing is assumed."""

    def __init__(self, settings: Settings, sdk: BraintreeGateway) -> None:
        self._sdk = sdk
        self._of = {(MethodKind.CARD, currency): name for currency, name in settings.gateway_merchant_accounts.items()}
        if settings.gateway_ach_merchant_account:
            self._of[MethodKind.US_BANK_ACCOUNT, _ACH_CURRENCY] = settings.gateway_ach_merchant_account
        self._unchecked = set(self._of)

    def find(self, kind: MethodKind, currency: str) -> str | None:
        """Return the account that charges this kind of method in this currency, or None."""
        return self._of.get((kind, currency))

    @property
    def are_checked(self) -> bool:
        """Whether the gateway was asked for the currency of every account."""
        return not self._unchecked

    def check(self) -> None:
        """Ask the gateway for the currency of each account that is unchecked; blocks. Raise the SDK's errors."""
        self._check(tuple(self._unchecked))

    def require(self, kind: MethodKind, currency: str) -> str:
        """Return the account, its currency compared; blocks.

        Raise GatewayUnavailableError when there is none, or when the gateway can't tell: nothing was charged then.
        """
        if (kind, currency) in self._unchecked:
            try:
                self._check([(kind, currency)])
            except Exception as error:  # whatever it is, nothing was charged
                raise GatewayUnavailableError(type(error).__name__) from error
        account = self.find(kind, currency)
        if account is None:
            raise GatewayUnavailableError(f"no merchant account charges {currency}")
        return account

    def _check(self, uses: Iterable[tuple[MethodKind, str]]) -> None:
        for kind, currency in uses:
            if (name := self.find(kind, currency)) is None:  # another thread was faster
                continue
            try:
                found = str(self._sdk.merchant_account.find(name).currency_iso_code)
            except NotFoundError:
                found = None
            except AuthorizationError:  # keys that may charge but not read accounts: the charge itself is compared
                log.warning("merchant_account_not_readable", account=name)
                found = currency
            if found != currency:
                log.error("merchant_account_refused", account=name, wanted=currency, found=found or "no such account")
                self._of.pop((kind, currency), None)
            self._unchecked.discard((kind, currency))
