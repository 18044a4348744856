"""The letterhead of the demo vendor, as the settings of a local run have it."""

import json
from pathlib import Path

_NAME = "Example Vendor"

LETTERHEAD = {
    "VENDOR_LOGO_FILE": str(Path(__file__).with_name("logo.svg")),
    "VENDOR_ADDRESS": json.dumps(["2200 Harbor Street, Suite 400", "Portland, OR 97201"]),
    "VENDOR_CONTACT": json.dumps(["+1 503 555 0142", "www.vendor.example"]),
    "VENDOR_REGISTRATION": json.dumps(["EIN 12-3456789", "Registered in Oregon"]),
    "REMITTANCE_ADDRESS": json.dumps([_NAME, "Lockbox 7731", "PO Box 9001", "Portland, OR 97207"]),
    "BANK_DETAILS": json.dumps(
        {
            "USD": {"Bank": "First Example Bank", "Routing": "021000021", "Account": "000123456789"},
            "EUR": {"Bank": "Beispielbank", "IBAN": "DE89 3704 0044 0532 0130 00", "BIC": "COBADEFFXXX"},
        }
    ),
}
