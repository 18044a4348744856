"""One mailbox is one user, however its address is written."""

import pytest

from billing_api.kit.email import normal_address


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Pat@Example.COM", "pat@example.com"),
        ("rene\u0301@example.com", "ren\u00e9@example.com"),
        ("pat@xn--bcher-kva.example", "pat@b\u00fccher.example"),
        ("PAT+billing@example.com", "pat+billing@example.com"),
    ],
)
def test_it_has_one_normal_form(written: str, normal: str) -> None:
    assert normal_address(written) == normal
    assert normal_address(normal) == normal


@pytest.mark.parametrize(
    "written", ["pat", "@example.com", "pat@", "pat@example", "pat@@example.com", "p t@example.com", "pat@\x00.com"]
)
def test_an_invalid_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        normal_address(written)
