"""Categories of evidence: texts and documents, the form of a text, and which categories belong together.

Source: Braintree's reference of `Dispute: Add Text Evidence` and its guide to evidence requirements.
"""

from collections.abc import Iterable, Iterator

from braintree_sandbox.resources.disputes import codes
from braintree_sandbox.validation.emails import is_email
from braintree_sandbox.validation.errors import Code
from braintree_sandbox.wire.values import moment

GENERAL = "GENERAL"
DOCUMENTS = frozenset({
    "LEGIT_PAYMENTS_FOR_SAME_MERCHANDISE", "MERCHANT_WEBSITE_OR_APP_ACCESS", "PROFILE_SETUP_OR_APP_ACCESS",
    "PROOF_OF_3D_SECURE", "PROOF_OF_AUTHORIZED_SIGNER", "PROOF_OF_DELIVERY", "PROOF_OF_DELIVERY_EMP_ADDRESS",
    "PROOF_OF_POSSESSION_OR_USAGE", "SIGNED_DELIVERY_FORM", "SIGNED_ORDER_FORM", "TICKET_PROOF",
})  # fmt: skip
_PRIOR = "PRIOR_NON_DISPUTED_TRANSACTION"
_DIGITAL = "PRIOR_DIGITAL_GOODS_TRANSACTION"
_RECURRING = "RECURRING_TRANSACTION"
_SALE = ("ARN", "DATE_TIME", "ID")
TEXTS = frozenset({
    "AVS_RESPONSE", "CARRIER_NAME", "CARRIER_NAME_OTHER", "CREDIT_ISSUED_AMOUNT", "CREDIT_ISSUED_ARN",
    "CREDIT_ISSUED_DATE_TIME", "DEVICE_ID", "DEVICE_NAME", "DOWNLOAD_DATE_TIME", "EVIDENCE_TYPE",
    "GEOGRAPHICAL_LOCATION", "PURCHASER_EMAIL_ADDRESS", "PURCHASER_IP_ADDRESS", "PURCHASER_NAME", "REFUND_ID",
    "TRACKING_NUMBER", "TRACKING_URL",
    *(f"{sale}_{part}" for sale in (_PRIOR, _DIGITAL, _RECURRING) for part in _SALE),
    *(f"{_PRIOR}_{part}" for part in ("EMAIL_ADDRESS", "IP_ADDRESS", "PHONE_NUMBER", "PHYSICAL_ADDRESS")),
})  # fmt: skip

# Two of these, each as a whole, prove that digital goods were delivered.
_DIGITAL_PROOFS = (
    {"DEVICE_ID", "DEVICE_NAME"},
    {"PURCHASER_IP_ADDRESS", "GEOGRAPHICAL_LOCATION"},
    {"PURCHASER_NAME", "PURCHASER_EMAIL_ADDRESS"},
    {"PROFILE_SETUP_OR_APP_ACCESS"},
    {"MERCHANT_WEBSITE_OR_APP_ACCESS"},
    {f"{_DIGITAL}_{part}" for part in _SALE},
)
_ABOUT_DIGITAL_GOODS = {"DOWNLOAD_DATE_TIME"}.union(*_DIGITAL_PROOFS) - {"PURCHASER_NAME", "PURCHASER_EMAIL_ADDRESS"}

# The networks' own lengths: a reference number has 23 digits, a phone number at most 15. That of texts is ours.
MAX_ARN, MAX_PHONE, MAX_CONTENT = 23, 15, 500


def check_category(category: str | None, *, document: bool) -> Code | None:
    """Return the error of this category for a text, or for a document."""
    if category is None or category == GENERAL:
        return None
    if category not in DOCUMENTS | TEXTS:
        return codes.CATEGORY_INVALID
    if document:
        return codes.TEXT_ONLY if category in TEXTS else None
    return codes.DOCUMENT_ONLY if category in DOCUMENTS else None


def check_content(category: str | None, content: str) -> Code | None:
    """Return the error of a text of this category."""
    if category is None or category == GENERAL:
        return None
    wrong: Code | None = None
    if category.endswith("_DATE_TIME"):
        wrong = None if _is_time(content) else codes.DATE_INVALID
    elif category.endswith("_ARN"):
        wrong = codes.ARN_TOO_LONG if len(content) > MAX_ARN else None
    elif category.endswith("_PHONE_NUMBER"):
        wrong = codes.PHONE_TOO_LONG if len(content) > MAX_PHONE else None
    elif category.endswith("_EMAIL_ADDRESS"):
        wrong = None if is_email(content) else codes.EMAIL_INVALID
    elif len(content) > MAX_CONTENT:
        wrong = codes.CONTENT_TOO_LONG
    return wrong


def missing(given: Iterable[str | None]) -> Iterator[Code]:
    """Return the errors for evidence that these categories still need before a dispute can be fought."""
    there = set(given)
    if there & _ABOUT_DIGITAL_GOODS:
        if "DOWNLOAD_DATE_TIME" not in there:
            yield codes.DIGITAL_GOODS_MISSING_DATE
        if sum(proof <= there for proof in _DIGITAL_PROOFS) < 2:
            yield codes.DIGITAL_GOODS_MISSING_EVIDENCE
    for sale, no_arn, no_date in (
        (_PRIOR, codes.PRIOR_MISSING_ARN, codes.PRIOR_MISSING_DATE),
        (_RECURRING, codes.RECURRING_MISSING_ARN, codes.RECURRING_MISSING_DATE),
    ):
        has_arn, has_date = f"{sale}_ARN" in there, f"{sale}_DATE_TIME" in there
        if has_date and not has_arn:
            yield no_arn
        if has_arn and not has_date:
            yield no_date


def _is_time(content: str) -> bool:
    return moment(content) is not None
