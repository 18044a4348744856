"""The SDK's search terms, untyped: their stubs declare operators that a strict check may not call."""

from typing import Any

import braintree
from braintree.us_bank_account_verification_search import UsBankAccountVerificationSearch as _BankVerificationSearch

BankVerificationSearch: Any = _BankVerificationSearch
CardVerificationSearch: Any = braintree.CreditCardVerificationSearch
CustomerSearch: Any = braintree.CustomerSearch
DisputeSearch: Any = braintree.DisputeSearch
TransactionSearch: Any = braintree.TransactionSearch
SubscriptionSearch: Any = braintree.SubscriptionSearch
