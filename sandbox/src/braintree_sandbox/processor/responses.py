"""Processor response codes, their texts and whether another try may help."""

from typing import NamedTuple

APPROVED, SOFT, HARD = "approved", "soft_declined", "hard_declined"


class ProcessorResponse(NamedTuple):
    """A response of the processor."""

    code: str
    text: str
    type: str

    @property
    def additional(self) -> str:
        """Code and text in one, as declined transactions carry it."""
        return f"{self.code} : {self.text}"


_SOFT = {
    2000: "Do Not Honor",
    2001: "Insufficient Funds",
    2002: "Limit Exceeded",
    2003: "Cardholder's Activity Limit Exceeded",
    2011: "Voice Authorization Required",
    2016: "Duplicate Transaction",
    2021: "Security Violation",
    2025: "Set Up Error - Merchant",
    2026: "Invalid Merchant ID",
    2027: "Set Up Error - Amount",
    2028: "Set Up Error - Hierarchy",
    2029: "Set Up Error - Card",
    2030: "Set Up Error - Terminal",
    2031: "Encryption Error",
    2033: "Inconsistent Data",
    2034: "No Action Taken",
    2035: "Partial Approval For Amount In Group III Version",
    2038: "Processor Declined",
    2040: "Invalid Store",
    2042: "Invalid Client ID",
    2045: "Invalid Merchant Number",
    2046: "Declined",
    2048: "Invalid Amount",
    2049: "Invalid SKU Number",
    2050: "Invalid Credit Plan",
    2054: "Reversal amount does not match authorization amount",
    2055: "Invalid Transaction Division Number",
    2056: "Transaction amount exceeds the transaction division limit",
    2057: "Issuer or Cardholder has put a restriction on the card",
    2062: "Invalid Tax Amount",
    2065: "Refund Time Limit Exceeded",
    2067: "Authorization Expired",
    2092: "No Data Found - Try Another Verification Method",
    3000: "Processor Network Unavailable - Try Again",
}
_HARD = {
    2004: "Expired Card",
    2005: "Invalid Credit Card Number",
    2006: "Invalid Expiration Date",
    2007: "No Account",
    2008: "Card Account Length Error",
    2009: "No Such Issuer",
    2010: "Card Issuer Declined CVV",
    2012: "Processor Declined - Possible Lost Card",
    2013: "Processor Declined - Possible Stolen Card",
    2014: "Processor Declined - Fraud Suspected",
    2015: "Transaction Not Allowed",
    2017: "Cardholder Stopped Billing",
    2018: "Cardholder Stopped All Billing",
    2019: "Invalid Transaction",
    2020: "Violation",
    2022: "Declined - Updated Cardholder Available",
    2023: "Processor Does Not Support This Feature",
    2024: "Card Type Not Enabled",
    2032: "Surcharge Not Permitted",
    2036: "Authorization could not be found",
    2037: "Already Reversed",
    2039: "Invalid Authorization Code",
    2041: "Declined - Call For Approval",
    2043: "Error - Do Not Retry, Call Issuer",
    2044: "Declined - Call Issuer",
    2047: "Call Issuer. Pick Up Card",
    2051: "Credit Card Number does not match method of payment",
    2053: "Card reported as lost or stolen",
    2058: "Merchant not MasterCard SecureCode enabled",
    2059: "Address Verification Failed",
    2060: "Address Verification and Card Security Code Failed",
    2061: "Invalid Transaction Data",
    2064: "Invalid Currency Code",
}
_APPROVED = {
    1000: "Approved",
    1001: "Approved, check customer ID",
    1002: "Processed",
    1003: "Approved with Risk",
    1004: "Approved for Partial Amount",
}


def response(code: int) -> ProcessorResponse:
    """Return the response of that code; a code without a text of its own is a plain decline."""
    for texts, kind in ((_APPROVED, APPROVED), (_SOFT, SOFT), (_HARD, HARD)):
        if code in texts:
            return ProcessorResponse(str(code), texts[code], kind)
    return ProcessorResponse(str(code), "Processor Declined", SOFT)
