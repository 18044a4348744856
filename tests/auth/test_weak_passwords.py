"""Long passwords that anyone would try."""

import pytest

from billing_api.auth.weak_passwords import is_weak


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password1234567",
        "P@ssw0rd!2345678",
        "PASSWORD PASSWORD",
        "pass-word-pass-word",
        "0987654321zzzzzzz",
        "aaaaaaaaaaaaaaa",
        "121212121212121",
        "abcabcabcabcabca",
        "123456789012345",
        "9876543210987654",
        "qwertyuiopasdfghjkl",
        "1qaz2wsx3edc4rfv",
        "!@#$%^&*()!@#$%",
        "Summer2024Summer2024!",
        "Welcome1Summer2!",
        "letmeinletmein1",
        "iloveyou iloveyou",
        "correct horse battery staple",
        "monkeydragon1234",
        "michaeljordan2323",
        "december25th2023",
        "trustno1trustno1",
        "Football12345678",
        "ilovemyfamily123",
        "azertyuiopqsdfghjklm",
        "qwertzuiop123456",
        "billingportal2026",
        "Billing-Portal-2026!",
        "thisisasecurepassword",
        "This is a s3cure password!",
        "tobeornottobethatis",
        "ichliebedichsosehr",
        "               ",
        "---------------",
        "\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44",
    ],
)
def test_leaked_passwords_and_their_trivial_variations_are_weak(password: str) -> None:
    assert is_weak(password)


@pytest.mark.parametrize(
    "password",
    [
        "a quiet river at dawn",
        "correct horse battery stable",
        "seventeen violet kangaroos",
        "a bakery that opens at five",
        "x7!kQz0(pL-2mV;",
        "483920174650192",
        "Tr0ub4dor&3 in the barn",
        "my password is a long sentence",
        "ボラボラパスワードですよこれは",
        "jane likes invoices in october rain",
    ],
)
def test_everything_else_is_fine_without_rules_of_composition(password: str) -> None:
    assert not is_weak(password)


@pytest.mark.parametrize(
    "password",
    [
        "jane.doe@acme.example",
        "JaneDoe.Acme.1234",
        "acme corporation 2026",
        "AcmeCorporation!!",
        "janedoejanedoe99",
        "J4n3D03.Acm3.2026",
    ],
)
def test_public_facts_about_the_owner_are_weak(password: str) -> None:
    assert is_weak(password, ["jane.doe@acme.example", "Acme Corporation"])


def test_a_long_password_takes_no_long_time() -> None:
    """Only the beginning is examined, since its similar characters can be read in many ways."""
    assert is_weak("password1" * 28)
    assert not is_weak("passwordqwertyletmein" * 6 + "0a9z8y7x6w" * 13)
    assert not is_weak(("4@8({[</369&#!1/0$5+7%" * 12)[:256])
