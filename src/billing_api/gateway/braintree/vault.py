"""Customers, nonces and stored methods at the gateway, by calls of the SDK that block."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from braintree.braintree_gateway import BraintreeGateway
from braintree.exceptions.not_found_error import NotFoundError
from braintree.successful_result import SuccessfulResult

from billing_api.gateway.braintree.addresses import billing_address_params
from billing_api.gateway.braintree.failures import known_id
from billing_api.gateway.braintree.fence import Fence
from billing_api.gateway.braintree.methods import amounts_result, method_of, nonce_of, vaulted
from billing_api.gateway.braintree.results import error_of, require_customer, require_same
from billing_api.gateway.methods import (
    AmountsResult,
    BankAccountToVault,
    BillingAddress,
    CardToVault,
    NonceDetails,
    VaultedMethod,
)
from billing_api.gateway_settings import AchVerification


@dataclass(frozen=True, slots=True)
class BraintreeVault:
    """The methods of `Gateway` (gateway/port.py), as calls that block. Raises GatewayError and the SDK's errors."""

    sdk: BraintreeGateway
    fence: Fence
    ach_account: str | None
    ach_verification: AchVerification

    def has_customer(self, customer_id: str) -> bool:
        """Return whether the gateway has this customer."""
        with suppress(NotFoundError):
            return str(self.sdk.customer.find(customer_id).id) == customer_id
        return False

    def ensure_customer(self, customer_id: str) -> None:
        """Create the customer unless it exists."""
        require_customer(self.sdk.customer.create({"id": customer_id}))

    def find_nonce(self, nonce: str) -> NonceDetails | None:
        """Return the details of a nonce, or None for one that is unknown, used or expired."""
        with suppress(NotFoundError):
            return nonce_of(self.sdk.payment_method_nonce.find(nonce))
        return None

    def make_nonce(self, token: str) -> str:
        """Return a nonce of a stored method."""
        with known_id():
            result = self.sdk.payment_method_nonce.create(token, {"payment_method_nonce": {}})
        if not isinstance(result, SuccessfulResult):
            raise error_of(result)
        return str(result.payment_method_nonce.nonce)

    def store_card(self, card: CardToVault) -> VaultedMethod:
        """Verify and store a card."""
        address = card.billing_address
        params = {
            "customer_id": card.customer_id,
            "token": card.token,
            "payment_method_nonce": card.nonce,
            "options": {"verify_card": True},
            **({"billing_address": billing_address_params(address)} if address else {}),
            **({"device_data": card.device_data} if card.device_data else {}),
        }
        return vaulted(self.sdk.payment_method.create(params), card)

    def store_bank_account(self, account: BankAccountToVault) -> VaultedMethod:
        """Store a bank account and begin its verification, by the method of the settings."""
        params = {
            "customer_id": account.customer_id,
            "token": account.token,
            "payment_method_nonce": account.nonce,
            "options": {
                "verification_merchant_account_id": self.ach_account,
                "us_bank_account_verification_method": self.ach_verification.value,
            },
            "us_bank_account": {
                "ach_mandate_text": account.mandate_text,
                "ach_mandate_accepted_at": account.mandate_accepted_at,
            },
        }
        return vaulted(self.sdk.payment_method.create(params), account)

    def find_method(self, token: str, customer_id: str | None) -> VaultedMethod | None:
        """Return the stored method, or None."""
        with suppress(NotFoundError):
            found = self.sdk.payment_method.find(token)
            require_same(token=(found.token, token), customer=(found.customer_id, customer_id or found.customer_id))
            return method_of(found)
        return None

    def change_billing_address(self, token: str, address: BillingAddress, written_at: datetime) -> None:
        """Replace a card's billing address; a field that is None is emptied."""
        params = {"billing_address": {**billing_address_params(address), "options": {"update_existing": True}}}
        with known_id(), self.fence.sending(written_at):
            result = self.sdk.payment_method.update(token, params)
        if not isinstance(result, SuccessfulResult):
            raise error_of(result)
        require_same(token=(result.payment_method.token, token))

    def confirm_amounts(self, verification_id: str, amounts: tuple[int, int]) -> AmountsResult:
        """Compare amounts, in cents, with the two micro-deposits that were sent."""
        verifications = self.sdk.us_bank_account_verification
        try:
            result = verifications.confirm_micro_transfer_amounts(verification_id, list(amounts))
        except NotFoundError:  # it went with its account
            return AmountsResult.NOT_AWAITED
        return amounts_result(result, verification_id)

    def delete_method(self, token: str) -> bool:
        """Remove a stored method, and return whether it was there."""
        with suppress(NotFoundError):
            self.sdk.payment_method.delete(token)
            return True
        return False
