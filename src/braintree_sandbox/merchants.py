"""The merchants this gateway knows, as the test merchants of Braintree's own client libraries are set up."""

from base64 import b64encode
from dataclasses import dataclass, field, replace

from braintree_sandbox.state.records import record


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """Where a merchant's money of one kind goes."""

    id: str
    accepts: frozenset[str]
    currency: str = "USD"
    default: bool = False


_CARDS = frozenset({"credit_card"})
_BANK = frozenset({"us_bank_account"})
_ACCOUNTS = (
    MerchantAccount("sandbox_credit_card", _CARDS, default=True),
    MerchantAccount("sandbox_credit_card_non_default", _CARDS),
    MerchantAccount("us_bank_merchant_account", _BANK),
    MerchantAccount("another_us_bank_merchant_account", _BANK),
)


@record("merchant_rules")
@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantRules:
    """What a merchant has switched on in the control panel; here, through the control API."""

    duplicate_checking: bool = False
    reject_cvv_mismatch: bool = False
    reject_avs_mismatch: bool = False

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
    ach_exempt: bool = True
    accounts: tuple[MerchantAccount, ...] = _ACCOUNTS
    custom_fields: frozenset[str] = frozenset({"store_me"})
    rules: MerchantRules = field(default_factory=MerchantRules)

    @property
    def authorization(self) -> bytes:
        """The Authorization header of this merchant's requests."""
        return b"Basic " + b64encode(f"{self.public_key}:{self.private_key}".encode())

    @property
    def default_account(self) -> MerchantAccount:
        """The account used when a request names none."""
        return next(account for account in self.accounts if account.default)

    def account(self, account_id: str | None) -> MerchantAccount | None:
        """The account of that id, the default one for None."""
        if account_id is None:
            return self.default_account
        return next((account for account in self.accounts if account.id == account_id), None)


def _merchant(name: str) -> Merchant:
    return Merchant(id=f"{name}_merchant_id", public_key=f"{name}_public_key", private_key=f"{name}_private_key")


MERCHANTS: dict[str, Merchant] = {
    merchant.id: merchant
    for merchant in (
        _merchant("integration"),
        # A merchant that must follow the ACH rules: nothing is verified by itself.
        replace(_merchant("integration2"), ach_exempt=False),
        replace(_merchant("dup_checking_integration"), rules=MerchantRules(duplicate_checking=True)),
        replace(_merchant("processing_rules"), rules=MerchantRules(reject_cvv_mismatch=True, reject_avs_mismatch=True)),
    )
}
