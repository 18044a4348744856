"""Which rules for authenticating customers a card payment falls under (the names are those of the client API)."""

from braintree_sandbox.vault.brands import indicators

_EUROPEAN = frozenset({"AUT", "BEL", "DEU", "ESP", "FRA", "GBR", "IRL", "ITA", "NLD", "PRT", "SWE"})


def regulation_environment(account_id: str, number: str) -> str:
    """`psd2` where both the merchant account and the issuer are European, by the account's name and the card's."""
    if not account_id.startswith("european"):
        return "unavailable"
    return "psd2" if indicators(number).get("country_of_issuance") in _EUROPEAN else "unregulated"
