"""The merchants, set up like the test merchants of Braintree's own libraries."""

from base64 import b64encode
from dataclasses import dataclass, field, replace

from braintree_sandbox.merchant_accounts import ACCOUNTS, PAYPAL_ACCOUNTS, PLAIN_ACCOUNTS, MerchantAccount
from braintree_sandbox.state.records import record


@record("merchant_rules")
@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantRules:
    """A merchant's settings of the control panel; here, of the control API."""

    duplicate_checking: bool = False
    reject_cvv_mismatch: bool = False
    reject_avs_mismatch: bool = False
    # Fraud tools: test numbers that they reject, a score for every sale, and the protection against chargebacks.
    fraud_checks: bool = False
    risk_scores: bool = False
    chargeback_protection: bool = False
    # Browsers tokenize cards by GraphQL, as most merchants' do; otherwise by the client API.
    graphql_tokenization: bool = True
    # The merchant verifies bank accounts by other means: one pays by its nonce, and by its token before it is verified.
    ach_exempt: bool = True

    @property
    def key(self) -> str:
        """One set of rules a merchant."""
        return "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """One merchant: its keys, its accounts and its standing rules."""

    id: str
    public_key: str
    private_key: str
    accounts: tuple[MerchantAccount, ...] = PLAIN_ACCOUNTS
    custom_fields: frozenset[str] = frozenset({"store_me"})
    rules: MerchantRules = field(default_factory=MerchantRules)

    @property
    def authorization(self) -> bytes:
        """The Authorization header of this merchant's requests."""
        return b"Basic " + b64encode(f"{self.public_key}:{self.private_key}".encode())

    @property
    def ach_exempt(self) -> bool:
        """Whether its bank accounts need no verification by Braintree."""
        return self.rules.ach_exempt

    @property
    def default_account(self) -> MerchantAccount:
        """The account used when a request names none."""
        return next(account for account in self.accounts if account.default)

    def account(self, account_id: str | None) -> MerchantAccount | None:
        """Return the account of that id; the default one for None."""
        if account_id is None:
            return self.default_account
        return next((account for account in self.accounts if account.id == account_id), None)


def _merchant(name: str, *, keys: str | None = None, **rules: bool) -> Merchant:
    """Return a merchant whose keys are named after it, or after another name."""
    return Merchant(
        id=f"{name}_merchant_id",
        public_key=f"{keys or name}_public_key",
        private_key=f"{keys or name}_private_key",
        rules=MerchantRules(**rules),
    )


def _merchant_by_id(merchant_id: str, accounts: tuple[MerchantAccount, ...] = PLAIN_ACCOUNTS) -> Merchant:
    """Return a merchant whose keys are named after its whole id."""
    return Merchant(
        id=merchant_id,
        public_key=f"{merchant_id}_public_key",
        private_key=f"{merchant_id}_private_key",
        accounts=accounts,
    )


_PROTECTED = "effortless_chargeback_protection"

MERCHANTS: dict[str, Merchant] = {
    merchant.id: merchant
    for merchant in (
        replace(_merchant("integration"), accounts=ACCOUNTS),
        # A merchant that must follow the ACH rules: nothing is verified by itself.
        _merchant("integration2", ach_exempt=False),
        _merchant("dup_checking_integration", duplicate_checking=True),
        # Has sold nothing and has no plans.
        _merchant("test"),
        _merchant("processing_rules", reject_cvv_mismatch=True, reject_avs_mismatch=True),
        _merchant("advanced_fraud_integration", fraud_checks=True),
        _merchant("fraud_protection_enterprise_integration", fraud_checks=True, risk_scores=True),
        _merchant(f"fraud_protection_{_PROTECTED}", keys=_PROTECTED, risk_scores=True, chargeback_protection=True),
        _merchant_by_id("pp_credit_ezp_merchant"),
        _merchant_by_id("pwpp_multi_account_merchant", PAYPAL_ACCOUNTS),
    )
}
