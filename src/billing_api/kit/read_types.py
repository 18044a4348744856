"""The types of the fields that several read models have, with their bounds for the contract."""

from decimal import Decimal
from typing import Annotated

from billing_api.kit.documented import Sent
from billing_api.kit.money import MAX_AMOUNT

_INT32_MAX = 2**31 - 1
# The greatest whole number that JavaScript holds exactly.
MAX_SUM = 2**53 - 1

CurrencyRead = Annotated[str, Sent(minLength=3, maxLength=3, pattern="^[A-Z]{3}$", examples=["USD"])]
AmountRead = Annotated[int, Sent(minimum=-MAX_AMOUNT, maximum=MAX_AMOUNT, examples=[12500])]
# An amount over many documents.
SumRead = Annotated[int, Sent(minimum=-MAX_SUM, maximum=MAX_SUM, examples=[12500])]
DecimalRead = Annotated[Decimal, Sent(maxLength=23, pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
BasisPointsRead = Annotated[int, Sent(minimum=0, maximum=10_000, examples=[200])]
DaysRead = Annotated[int, Sent(minimum=0, maximum=365)]
VersionRead = Annotated[int, Sent(minimum=1, maximum=_INT32_MAX, examples=[1])]

ShortTextRead = Annotated[str, Sent(maxLength=100)]
NameRead = Annotated[str, Sent(maxLength=200)]
LongTextRead = Annotated[str, Sent(maxLength=2000)]
NumberRead = Annotated[str, Sent(maxLength=100, examples=["INV-1001"])]
PurchaseOrderRead = Annotated[str, Sent(maxLength=100, examples=["PO-7781"])]
ReferenceRead = Annotated[str, Sent(maxLength=200)]
ExternalIdRead = Annotated[str, Sent(maxLength=200)]
EmailRead = Annotated[str, Sent(maxLength=254, format="email", examples=["pat@example.com"])]
PhoneRead = Annotated[str, Sent(maxLength=16, pattern=r"^\+[0-9]{4,15}$", examples=["+16502530000"])]
PhoneExtensionRead = Annotated[str, Sent(maxLength=11, pattern="^[0-9]+$", examples=["12"])]
PostalCodeRead = Annotated[str, Sent(maxLength=20)]
CountryRead = Annotated[str, Sent(minLength=2, maxLength=2, pattern="^[A-Z]{2}$", examples=["US"])]
LocaleRead = Annotated[str, Sent(maxLength=11, examples=["en-US"])]
# Texts of the gateway.
GatewayText = Annotated[str, Sent(maxLength=255)]
Last4Read = Annotated[str, Sent(minLength=4, maxLength=4, pattern="^[0-9]{4}$", examples=["1881"])]
UrlRead = Annotated[str, Sent(maxLength=2048, format="uri")]
