"""A merchant's configuration for browsers, by the client API and by GraphQL."""

from dataclasses import dataclass
from typing import NamedTuple

from braintree_sandbox.browsers.scripts import SONGBIRD
from braintree_sandbox.browsers.urls import urls_for
from braintree_sandbox.call import Call


class Brand(NamedTuple):
    """A card brand: its name in the client API, and in GraphQL."""

    name: str
    code: str


SUPPORTED_BRANDS = (
    Brand("American Express", "AMERICAN_EXPRESS"),
    Brand("Discover", "DISCOVER"),
    Brand("JCB", "JCB"),
    Brand("Maestro", "INTERNATIONAL_MAESTRO"),
    Brand("MasterCard", "MASTERCARD"),
    Brand("Visa", "VISA"),
)
# Scripts only look whether there is one: signing in to a bank is not played here.
PLAID_PUBLIC_KEY = "sandbox_plaid_public_key"
TOKENIZE_CARDS = "tokenize_credit_cards"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfiguration:
    """The part of the configuration that depends on the merchant and on where the caller came to."""

    client_api_url: str
    graphql_url: str
    graphql_features: tuple[str, ...]
    challenges: tuple[str, ...]
    takes_bank_accounts: bool
    songbird_url: str
    # Scripts have this address of GraphQL built in.
    environment: str = "sandbox"

    @property
    def three_d_secure(self) -> dict[str, object]:
        """What the script for 3-D Secure starts Cardinal's with."""
        return {
            "cardinalAuthenticationJWT": "sandbox.cardinal.jwt",
            "cardinalSongbirdUrl": self.songbird_url,
            "cardinalSongbirdIdentityHash": None,
        }


def configuration_of(call: Call) -> ClientConfiguration:
    """Return the configuration for the merchant's browsers."""
    urls, rules = urls_for(call.origin, with_tls=call.with_tls), call.merchant.rules
    challenges = {"cvv": rules.reject_cvv_mismatch, "postal_code": rules.reject_avs_mismatch}
    return ClientConfiguration(
        client_api_url=f"{urls.client_api}/merchants/{call.merchant.id}/client_api",
        graphql_url=urls.graphql,
        graphql_features=(TOKENIZE_CARDS,) if rules.graphql_tokenization else (),
        challenges=tuple(name for name, wanted in challenges.items() if wanted),
        songbird_url=f"{urls.client_api}{SONGBIRD}",
        takes_bank_accounts=any("us_bank_account" in account.accepts for account in call.merchant.accounts),
    )
