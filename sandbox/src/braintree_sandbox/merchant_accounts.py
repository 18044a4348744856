"""Merchant accounts: each takes a merchant's money of one kind, and has the abilities of its processor.

The accounts are those of the test merchants of Braintree's own libraries.
"""

from dataclasses import dataclass
from enum import Enum, auto


class Trait(Enum):
    """A difference between an account and a plain one."""

    # Processor and network.
    ADJUSTS_AUTHORIZATIONS = auto()
    FIXED_ONCE_SUBMITTED = auto()
    NO_THREE_D_SECURE_PASS_THRU = auto()
    PINLESS_DEBIT = auto()
    REFUNDS_ONCE_SUBMITTED = auto()
    SUSPENDED = auto()
    # Parameters that a sale must or may have.
    ACCOUNT_TYPES = auto()
    INSTALLMENTS = auto()
    MINIMUM_AMOUNT = auto()
    TAX_REQUIRED = auto()
    TRANSFERS = auto()
    TRANSFERS_REQUIRED = auto()
    FUNDS_ACCOUNTS = auto()
    PAYMENT_FACILITATORS = auto()
    BRAZILIAN_BRANDS = auto()


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    """The account that a merchant's money of one kind goes to."""

    id: str
    accepts: frozenset[str]
    currency: str = "USD"
    default: bool = False
    traits: frozenset[Trait] = frozenset()

    def has(self, trait: Trait) -> bool:
        """Return whether this account has that trait."""
        return trait in self.traits


_CARDS = frozenset({"credit_card"})
_BANK = frozenset({"us_bank_account"})


def _cards(account_id: str, *traits: Trait, currency: str = "USD") -> MerchantAccount:
    return MerchantAccount(account_id, _CARDS, currency=currency, traits=frozenset(traits))


PLAIN_ACCOUNTS = (
    MerchantAccount("sandbox_credit_card", _CARDS, default=True),
    _cards("sandbox_credit_card_non_default"),
    MerchantAccount("us_bank_merchant_account", _BANK),
    MerchantAccount("another_us_bank_merchant_account", _BANK),
)
"""The accounts of every merchant."""

PAYPAL_ACCOUNTS = (
    *PLAIN_ACCOUNTS,
    _cards("usd_pwpp_multi_account_merchant_account"),
    _cards("eur_pwpp_multi_account_merchant_account", currency="EUR"),
)
"""The accounts of the merchant for PayPal's sessions and local payments."""

_BRAZILIAN = (Trait.BRAZILIAN_BRANDS, Trait.INSTALLMENTS)

ACCOUNTS = (
    *PLAIN_ACCOUNTS,
    _cards("my_merchant_account"),
    _cards("sandbox_master_merchant_account"),
    _cards("14LaddersLLC_instant"),
    _cards("three_d_secure_merchant_account"),
    _cards("heartland_ma", Trait.NO_THREE_D_SECURE_PASS_THRU),
    _cards("fake_first_data_merchant_account", Trait.ADJUSTS_AUTHORIZATIONS),
    _cards("fake_first_data_venmo_account"),
    _cards("fake_amex_direct_usd", Trait.FIXED_ONCE_SUBMITTED),
    _cards("pinless_debit", Trait.PINLESS_DEBIT),
    _cards("suspended_account", Trait.SUSPENDED),
    _cards("adyen_ma", Trait.BRAZILIAN_BRANDS),
    _cards("aib_swe_ma", Trait.TAX_REQUIRED, currency="SEK"),
    _cards("hiper_brl", Trait.ACCOUNT_TYPES, Trait.MINIMUM_AMOUNT, *_BRAZILIAN, currency="BRL"),
    _cards("card_processor_brl", Trait.REFUNDS_ONCE_SUBMITTED, *_BRAZILIAN, currency="BRL"),
    _cards("card_processor_brl_payfac", Trait.PAYMENT_FACILITATORS, *_BRAZILIAN, currency="BRL"),
    _cards("card_processor_brl_sdwo", Trait.TRANSFERS, Trait.TRANSFERS_REQUIRED, *_BRAZILIAN, currency="BRL"),
    _cards("aft_first_data_wallet_transfer", Trait.TRANSFERS, Trait.FUNDS_ACCOUNTS),
)
"""The accounts of the merchant that the tests of the client libraries use."""
