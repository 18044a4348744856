"""The errors of the reconciliation."""

from billing_api.gateway.failures import GatewayUnfamiliarError


class NothingFoundError(GatewayUnfamiliarError):
    """The gateway has no transaction at all of a time in which our books have some: the comparison proves nothing."""

    def __init__(self, booked: int) -> None:
        super().__init__(f"the gateway has none of {booked} transactions that must be there")
