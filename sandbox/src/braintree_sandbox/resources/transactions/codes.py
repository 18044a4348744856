"""Errors of transactions and of their later steps."""

from braintree_sandbox.validation.errors import Code
from braintree_sandbox.vault.nonces import NonceCodes

TYPE_REQUIRED = Code("91524", "Type is required.")
TYPE_INVALID = Code("91523", "Transaction type is invalid.")
AMOUNT_REQUIRED = Code("81502", "Amount is required.")
AMOUNT_FORMAT = Code("81503", "Amount is an invalid format.")
AMOUNT_NEGATIVE = Code("81501", "Amount cannot be negative.")
AMOUNT_NOT_POSITIVE = Code("81531", "Amount must be greater than zero.")
AMOUNT_TOO_LARGE = Code("81528", "Amount is too large.")
ORDER_ID_TOO_LONG = Code("91501", "Order ID is too long.")
MERCHANT_ACCOUNT_INVALID = Code("91513", "Merchant account ID is invalid.")
CUSTOM_FIELD_INVALID = Code("91526", "Custom field is invalid.")
CUSTOM_FIELD_TOO_LONG = Code("81527", "Custom field is too long.")

CREDIT_CARD_REQUIRED = Code("91508", "Cannot determine payment method.")
METHOD_CONFLICT = Code("91515", "Cannot provide more than one of a token, a nonce and a credit card.")
CUSTOMER_INVALID = Code("91510", "Customer ID is invalid.")
CUSTOMER_WITHOUT_CARD = Code("91511", "Customer does not have any payment methods.")
TOKEN_INVALID = Code("91518", "Payment method token is invalid.")
TOKEN_OF_ANOTHER = Code(
    "91516", "Cannot provide both payment_method_token and customer_id unless they belong together."
)
NONCE_CODES = NonceCodes(
    unknown=Code("91565", "Unknown or expired payment_method_nonce."),
    consumed=Code("91564", "Cannot use a payment_method_nonce more than once."),
    locked=Code("91566", "Payment method nonce is locked."),
)

CANNOT_BE_VOIDED = Code("91504", "Transaction can only be voided if status is authorized or submitted_for_settlement.")
CANNOT_SUBMIT = Code("91507", "Cannot submit for settlement unless status is authorized.")
SETTLEMENT_AMOUNT_TOO_LARGE = Code("91522", "Settlement amount is too large.")
CANNOT_REFUND_CREDIT = Code("91505", "Cannot refund credit transaction.")
CANNOT_REFUND_UNLESS_SETTLED = Code("91506", "Cannot refund transaction unless it is settled.")
CANNOT_REFUND_SETTLING = Code("91574", "Cannot refund a transaction while it is settling; try again later.")
CANNOT_REFUND_SUSPENDED = Code("91538", "Cannot refund transactions of a suspended merchant account.")
ALREADY_REFUNDED = Code("91512", "Transaction has already been completely refunded.")
REFUND_TOO_LARGE = Code("91521", "Refund amount is too large.")
REFUND_HARD_DECLINED = Code("915200", "Refund was declined by the processor and will not succeed.")
NO_REFUNDS = Code("91547", "Merchant account does not support refunds of this payment method.")
NOT_SURCHARGED = Code("97605", "The original transaction was not surcharged.")
CANNOT_REVERSE = Code("915282", "Transaction cannot be reversed at this time.")
CANNOT_CANCEL_RELEASE = Code("91562", "Release can only be cancelled if the transaction is submitted for release.")
CANNOT_SUBMIT_PART = Code("915103", "Transaction can not be submitted for partial settlement.")
NO_PARTIAL_SETTLEMENT = Code("915102", "Processor does not support partial settlement.")
SHIPPING_ADDRESS_OF_ANOTHER = Code("91581", "Shipping address doesn't belong to the customer.")
CANNOT_UPDATE = Code("915129", "Details can only be updated while the transaction is submitted for settlement.")
NO_UPDATE = Code("915130", "Processor does not support updating transaction details.")

CANNOT_CLONE_CREDIT = Code("91543", "Cannot clone credit transactions.")
CANNOT_CLONE_UNSUCCESSFUL = Code("91542", "Cannot clone unsuccessful transactions.")
CANNOT_CLONE_PAYPAL = Code("91573", "Cannot clone transactions of a PayPal account.")
CANNOT_CLONE_VAULTED = Code("91540", "Cannot clone a transaction of a vaulted payment method.")
SUBMISSION_REQUIRED = Code("91544", "Submit for settlement is required for cloning.")

NO_ADJUSTMENT = Code("915222", "Processor does not support authorization adjustments.")
MUST_BE_AUTHORIZED = Code("915218", "Transaction must be in state authorized.")
NOT_ELIGIBLE = Code("915219", "Transaction is not eligible for adjustment.")
NOTHING_TO_ADJUST = Code("95606", "There is no net amount to perform an authorization adjustment with.")
ADJUSTMENT_HARD = Code("95602", "Authorization adjustment was declined and will not succeed.")
ADJUSTMENT_SOFT = Code("95603", "Authorization adjustment failed; it may succeed later.")

CANNOT_SIMULATE_SETTLEMENT = Code("91575", "Cannot simulate settlement of a transaction in its status.")

KEY_TOO_LONG = Code("915230", "API request key is too long (maximum is 255 characters).")
KEY_OF_ANOTHER_REQUEST = Code("915232", "API request key can be reused only with the same request.")
KEY_IN_FLIGHT = Code("915233", "A request with this API request key is being processed.")
KEY_OF_FAILED_REQUEST = Code("915234", "The request that used this API request key first has failed.")

DESCRIPTOR_NAME = Code("92201", "Dynamic descriptor name must be company*product with 3, 7 or 12 letters before the *.")
DESCRIPTOR_PHONE = Code("92202", "Dynamic descriptor phone must be 10 to 14 characters with exactly 10 digits.")
DESCRIPTOR_URL = Code("92206", "Dynamic descriptor URL must be at most 13 characters.")
