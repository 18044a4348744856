"""Every code that Braintree documents has a reason, words in each language, and says whether another try may help."""

import pytest
from braintree.transaction import Transaction

from billing_api.documents.layout.words import decline_word
from billing_api.gateway.reasons import MESSAGES, Reason, codes, decline_code, is_return_code, shown
from billing_api.locales.language import language
from billing_api.locales.tags import SOURCE

RETURNS = [code for code in codes() if is_return_code(code)]
# Braintree, "Authorization Responses": 2052 is none of them.
AUTHORIZATIONS = [*(str(code) for code in range(2000, 2109) if code != 2052), "3000"]
SETTLEMENTS = ["4001", "4003", "4004", "4005", "4006", "4018"]
# Nacha: these are not given out.
UNUSED_RETURNS = {48, 49, 54, 55, 56, 57, 58, 59, 60, 78, 79}
# After these the account must not be debited again as it stands.
HARD_RETURNS = {"R02", "R03", "R04", "R05", "R07", "R10", "R12", "R13", "R14", "R15", "R16", "R20", "R28", "R29"}


@pytest.mark.parametrize("code", [*AUTHORIZATIONS, *SETTLEMENTS])
def test_a_decline_is_documented(code: str) -> None:
    known = codes()[code]
    assert known.title
    assert known.message.endswith(".")
    assert known.blocks_method is False


@pytest.mark.parametrize("number", sorted(set(range(1, 86)) - UNUSED_RETURNS))
def test_a_return_is_documented(number: int) -> None:
    known = codes()[f"R{number:02}"]
    assert known.title
    assert known.message.endswith(".")
    assert not (known.retry_may_help and known.blocks_method)


def test_those_that_block_an_account_are_the_ones_after_which_it_must_not_be_debited() -> None:
    assert {code for code in RETURNS if codes()[code].blocks_method} >= HARD_RETURNS
    assert not any(codes()[code].blocks_method for code in ("R01", "R08", "R09", "R11"))
    assert [code for code in ("R01", "R02", "R08", "R09") if codes()[code].retry_may_help] == ["R01", "R09"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("2999", Reason.REFUSED_BY_BANK),
        ("R99", Reason.RETURNED),
        ("settlement_declined", Reason.REFUSED_BY_BANK),
        ("gateway_rejected", Reason.SECURITY_CHECK),
        ("915172", Reason.NOT_VERIFIED),
        ("81528", Reason.LIMIT_EXCEEDED),
        ("91516", Reason.TECHNICAL),
    ],
)
def test_other_codes_have_words_too(code: str, reason: Reason) -> None:
    assert decline_code(code).reason is reason
    assert decline_code(code).message == MESSAGES[reason]


def test_a_rejection_of_the_gateway_has_one_reason_whatever_its_own() -> None:
    """A thief must not learn which check a card has failed."""
    assert Transaction.GatewayRejectionReason.Fraud == "fraud"
    assert decline_code("gateway_rejected").retry_may_help is False
    assert shown("gateway_rejected", "Rejected by the gateway: avs") == ("gateway_rejected", "Rejected by the gateway")


@pytest.mark.parametrize("code", ["2012", "2013", "2014", "2047", "2053"])
def test_a_thief_does_not_learn_that_the_loss_was_noticed(code: str) -> None:
    code_shown, text = shown(code, codes()[code].title)
    assert (code_shown, text) == ("declined", "Declined by the bank")
    assert decline_code(code_shown).message == decline_code(code).message


@pytest.mark.parametrize("code", sorted({"2000", "2001", "2010", "R01", "4001"}))
def test_other_codes_are_shown_as_they_are(code: str) -> None:
    assert shown(code, codes()[code].title) == (code, codes()[code].title)


@pytest.mark.parametrize("tag", [SOURCE, "en-GB", "de", "es", "fr", "ja"])
def test_each_reason_has_words_in_each_language(tag: str) -> None:
    say = language(tag)
    words = {reason: decline_word(say, reason) for reason in Reason}
    assert len(set(words.values())) == len(Reason)
    if tag == SOURCE:
        assert words == dict(MESSAGES)
    elif tag != "en-GB":
        assert not set(words.values()) & set(MESSAGES.values())
