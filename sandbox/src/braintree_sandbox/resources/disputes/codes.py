"""Errors of disputes and of documents."""

from braintree_sandbox.validation.errors import Code

CAN_ONLY_ADD_TO_OPEN = Code("95701", "Evidence can only be attached to disputes that are in an Open state")
CAN_ONLY_REMOVE_FROM_OPEN = Code("95702", "Evidence can only be removed from disputes that are in an Open state")
CAN_ONLY_ACCEPT_OPEN = Code("95704", "Disputes can only be accepted when they are in an Open state")
CAN_ONLY_FINALIZE_OPEN = Code("95705", "Disputes can only be finalized when they are in an Open state")

CATEGORY_INVALID = Code("95706", "The category you supplied on the evidence record is not valid")
DATE_INVALID = Code("95707", "The date of this evidence is not an ISO 8601 time.")
CONTENT_TOO_LONG = Code("95708", "The text of this evidence is too long.")
ARN_TOO_LONG = Code("95709", "The acquirer reference number of this evidence is too long.")
PHONE_TOO_LONG = Code("95710", "The phone number of this evidence is too long.")
TEXT_ONLY = Code("95711", "Only text evidence can be provided for this category")
DOCUMENT_ONLY = Code("95712", "Only document evidence can be provided for this category")
CATEGORY_DUPLICATE = Code("95714", "There is evidence of this category and sequence number already.")
EMAIL_INVALID = Code("95715", "The email address of this evidence is invalid.")

DIGITAL_GOODS_MISSING_EVIDENCE = Code("95720", "Digital goods need at least two kinds of evidence.")
DIGITAL_GOODS_MISSING_DATE = Code("95721", "Digital goods need the time of the download.")
PRIOR_MISSING_ARN = Code("95722", "A prior transaction needs its acquirer reference number.")
PRIOR_MISSING_DATE = Code("95723", "A prior transaction needs its time.")
RECURRING_MISSING_DATE = Code("95724", "A recurring transaction needs its time.")
RECURRING_MISSING_ARN = Code("95725", "A recurring transaction needs its acquirer reference number.")

KIND_INVALID = Code("84901", "Kind is invalid.")
FILE_TOO_LARGE = Code("84902", "File is larger than 4 MB.")
FILE_TYPE_INVALID = Code("84903", "File must be a PNG, a JPEG or a PDF.")
FILE_MALFORMED = Code("84904", "File is malformed or encrypted.")
FILE_TOO_LONG = Code("84905", "File has more than 50 pages.")
FILE_EMPTY = Code("84906", "File is empty.")
