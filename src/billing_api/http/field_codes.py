"""The codes of wrong fields, each with a sentence: `code` of a problem's `errors`.

Some are pydantic's own, which are stable: https://docs.pydantic.dev/latest/errors/validation_errors/.
tests/architecture/test_field_codes.py finds those that can occur, and compares them with this list.
"""

FIELD_CODES = {
    # Objects and lists
    "missing": "A field or parameter that is needed is not there.",
    "extra_forbidden": "There is no field or parameter of this name.",
    "too_many_fields": "The object has many more fields than it can have.",
    "model_type": "It is not an object.",
    "model_attributes_type": "It is not an object.",
    "list_type": "It is not a list.",
    "too_short": "A list has too few items, or a secret too few characters.",
    "too_long": "A list has too many items, or a secret too many characters.",
    "named_twice": "Two items of a list name the same thing.",
    "repeated": "A field, or a parameter with one value, is given more than once.",
    # Choices
    "enum": "It is none of the values in `choices`.",
    "literal_error": "It is none of the values in `choices`.",
    "union_tag_invalid": "`type` is none of the values in `choices`.",
    "union_tag_not_found": "`type` is not there.",
    "both_given": "Two fields are given of which one is enough.",
    # Numbers, truth values and ids
    "int_type": "It is not a whole number, or is a text in quotes.",
    "int_parsing": "It is not a whole number in digits.",
    "int_parsing_size": "The number has too many digits.",
    "greater_than_equal": "The number is too small.",
    "less_than_equal": "The number is too large.",
    "bool_type": "It is neither true nor false.",
    "bool_parsing": "It is neither true nor false.",
    "uuid_type": "It is not a UUID.",
    "uuid_parsing": "It is not a UUID.",
    # Dates and times
    "wrong_form": "A date or a time is not in the form that the detail names.",
    "date_from_datetime_parsing": "There is no such day.",
    "datetime_from_date_parsing": "There is no such moment.",
    "ends_before_it_begins": "The last day of a range is before its first.",
    "range_too_long": "A range has more months than are given at once.",
    "out_of_range": "The moment is too early or too late.",
    # Texts
    "string_type": "It is not a text.",
    "string_unicode": "The text has halves of characters (lone surrogates).",
    "string_too_short": "The text is too short.",
    "string_too_long": "The text is too long.",
    "string_pattern_mismatch": "The text is not in the form that the contract names.",
    "control_character": "The text has a control character, or one that turns the reading direction.",
    "invisible_text": "The text has no visible character.",
    "card_number": "The text looks as if it held a card number.",
    "invalid_email": "It is not an e-mail address.",
    "invalid_phone": "It is not a telephone number.",
    "extension_without_phone": "An extension is given without a telephone number.",
    "unknown_currency": "ISO 4217 has no such currency.",
    "unknown_locale": "The portal does not have this language; `choices` has those that it has.",
    # Statements
    "date_in_future": "The day has not come yet, in the books' time zone.",
    "period_reversed": "`date_from` is after `date_to`.",
    "no_recipients": "A schedule that is enabled has no recipient.",
    "open_items_of_a_day": "Open items are those of one day: `date_from` does not belong there.",
    # Documents of the back office
    "applied_too_much": "The parts for invoices add up to more than there is.",
    # Addresses
    "required": "Addresses of this country need the field.",
    "invalid": "The country, the region or the postal code does not fit.",
    # Passwords and links
    "wrong_password": "It is not the user's present password.",
    "password_too_short": "A new password has too few characters.",
    "password_too_long": "A new password has too many characters.",
    "password_too_common": "A new password is easy to guess.",
    "invalid_token": "The link of a mail is used up or has expired.",
    "not_a_file": "The path is none of a PDF or CSV file, or its query is none that the file takes.",
    # Payment methods
    "unknown_nonce": "The gateway does not know the nonce: it was used, or it has expired.",
    "not_for_later": "A nonce, device data and 3-D Secure are no use on a later day: store the method, send none.",
    "method_missing": "The field goes with `payment_method_id`, which is absent.",
    "not_a_card": "The nonce does not stand for a card.",
    "card_expired": "The card has expired.",
    "not_a_bank_account": "The nonce does not stand for a US bank account.",
    "do_not_match": "The amounts are not those of the two deposits.",
}
GATEWAY_CODES = "Five digits are a validation error of Braintree's."
