"""Card numbers are found in every notation, and no other number is taken for one."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from braintree.test.credit_card_numbers import CreditCardNumbers
from hypothesis import given
from hypothesis import strategies as st

from billing_api.kit.card_numbers import holds_card_number, without_card_numbers
from tests.imports import receivables

SAMPLE = Path(__file__).parents[1] / "data" / "receivables-sample.csv"

VISA = "4111111111111111"
# The brands' test numbers as their acquirers publish them, of every length that is in use.
OTHERS = [
    "4222222222222",
    "4000000000000000006",
    "2223003122003222",
    "2720990000000007",
    "5105105105105100",
    "378282246310005",
    "343434343434343",
    "6011000990139424",
    "6445644564456445",
    "6500000000000002",
    "30569309025904",
    "36259600000004",
    "38520000009814",
    "3530111333300000",
    "3566002020360505",
    "6212345678901265",
    "6759649826438453",
    "6304000000000000",
    "501800000009",
    "6799990100000000019",
    "2200000000000004",
    "6062820524845321",
    "5066991111111118",
    "6370950000000005",
]


def numbers_of(group: type) -> Iterator[str]:
    """The numbers that a class of the SDK has, and those of the classes in it."""
    for value in vars(group).values():
        if isinstance(value, type):
            yield from numbers_of(value)
        elif isinstance(value, str) and value.isdigit():
            yield value


BRAINTREES = sorted(set(numbers_of(CreditCardNumbers)))


def with_check_digit(digits: str) -> str:
    """The digits and the one that makes them pass (ISO/IEC 7812)."""
    for last in "0123456789":
        total = sum(int(digit) for digit in (digits + last)[-1::-2])
        total += sum(sum(divmod(2 * int(digit), 10)) for digit in (digits + last)[-2::-2])
        if total % 10 == 0:
            return digits + last
    raise AssertionError("one of ten digits fits")


class TestFound:
    @pytest.mark.parametrize("number", [*BRAINTREES, *OTHERS])
    def test_brand(self, number: str) -> None:
        """Alone, among words, and in groups of four."""
        groups = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
        for text in (number, f"my card {number}, until 12/30", f"card no.{groups} 12/30", f"{number} 123"):
            assert holds_card_number(text), text

    @pytest.mark.parametrize(
        "text",
        [
            "4111-1111-1111-1111",
            "4111.1111.1111.1111",
            "4111 - 1111 - 1111 - 1111",
            "4111\n1111\t1111\r\n1111",
            "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
            "4111-1111 1111.1111",
            "41 11 11111 11111 11",
            "cc4111111111111111exp1230",
            "order 12 4111 1111 1111 1111",
            "4111 1111 1111 1111 12 30 123",
            "+4111111111111111",
            "3782 822463 10005",
        ],
        ids=repr,
    )
    def test_groups(self, text: str) -> None:
        """As people write and scan them."""
        assert holds_card_number(text)

    @pytest.mark.parametrize(
        "text",
        [
            "４１１１ １１１１ １１１１ １１１１",  # noqa: RUF001 - a keyboard for full-width digits
            "٤١١١١١١١١١١١١١١١",
            "४१११ ११११ ११११ ११११",
            "4111\u20131111\u20131111\u20131111",
            "4111\u22121111\u22121111\u22121111",
            "4111\u00a01111\u20091111\u30001111",
            "4111·1111·1111·1111",
            "4\u200b111\u00ad1111\u20601111\ufeff1111",
            "4\ufe0f\u20e31111\ufe0f\u20e311111111111",
            "4①" + "1" * 14,
            "𝟒𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏𝟏",  # noqa: RUF001 - mathematical digits
        ],
        ids=ascii,
    )
    def test_other_digits_and_separators(self, text: str) -> None:
        """Every script's digits, every kind of dash, space and dot, and what nobody sees."""
        assert holds_card_number(text)

    @given(
        number=st.from_regex(r"4[0-9]{14}|5[1-5][0-9]{13}|3[47][0-9]{12}|6011[0-9]{11}", fullmatch=True),
        between=st.lists(st.sampled_from(["", "", " ", "-", ".", " - ", "\u2013", "\u00a0"]), min_size=20, max_size=20),
        before=st.text("abc ,:;/(", max_size=10),
        after=st.text("abc ,:;/)", max_size=10),
    )
    def test_any_number_however_grouped(self, number: str, between: list[str], before: str, after: str) -> None:
        """The rule has no gap that an odd grouping falls through."""
        pairs = zip(with_check_digit(number), between, strict=False)
        written = "".join(digit + gap for digit, gap in pairs).rstrip(" -.\u2013\u00a0")
        assert holds_card_number(f"{before}{written}{after}")


class TestPassed:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Sunny Side Bakery Ltd",
            "4111111111111112",  # the check digit
            "9111111111111111",  # nobody's first digit, though it passes
            with_check_digit("911111111111111"),
            with_check_digit("41111111111"),  # twelve digits are no Visa
            with_check_digit("4111111111111"),
            with_check_digit("41111111111111111111"),  # longer than any card's
            VISA * 2,
            "4111 11** **** 1111",
            "411111xxxxxx1111",
            "+1 650 253 0000",
            "+49 1512 3456789",
            "+4915123456789",
            "+44 20 7946 0958 / +44 20 7946 0959",
            "1-800-555-0199 1-800-555-0198",
            "2026-11-22T09:30:00.123456Z",
            "2026-11-22 09:30:00 - 2026-11-23 10:00:00",
            "30.11.2026 - 31.12.2026 - 01.01.2027 - 31.01.2027",
            "11-30-2026 - 12-31-2026",
            "2026-11-23 2026-11-24 2026-11-25 2026-11-26",
            "INV-1001, INV-1002, INV-1003",
            "0007900770 0000611365 0005985322",
            "PO 4500012345",
            "USD 4,111,111,111,111,111.00",
            "192.168.100.100 - 192.168.100.101",
            "DE89 3704 0044 0532 0130 00",
            "GB29NWBK60161331926819",
            "FR14 2004 1010 0505 0001 3M02 606",
            "IBAN NL91ABNA0417164300 BIC ABNANL2A",
            "021000021 1234567890",
            "1Z 999 AA1 01 2345 6784",
            "490154203237518",  # an IMEI, which has the same check digit
        ],
    )
    def test_other_numbers(self, text: str) -> None:
        """What an address book, a memo and a mandate hold rightly."""
        assert not holds_card_number(text)
        assert without_card_numbers(text) == text

    @pytest.mark.parametrize("bank", ["44010046", "50010517", "51050100", "37040044", "60050101", "67250020"])
    def test_no_iban(self, bank: str) -> None:
        """Whose check digits are right; written in groups the account's bank may begin as a card does."""
        for account in range(1234567000, 1234567100):
            digits = f"{bank}{account}"
            check = 98 - int(f"{digits}131400") % 97
            iban = f"DE{check:02}{digits}"
            groups = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
            assert not holds_card_number(f"{iban} or {groups} AT OUR BANK")

    @pytest.mark.parametrize("first", ["491512", "52551234", "62812345", "63917123", "55119123"])
    def test_no_telephone_number(self, first: str) -> None:
        """E.164 has up to fifteen digits after its plus sign; so has many a card."""
        for last in range(1000):
            assert not holds_card_number(f"+{first[:2]} {first[2:]} {last:05}")

    @given(st.uuids())
    def test_no_uuid(self, one: UUID) -> None:
        """Whichever of its characters are digits."""
        assert not holds_card_number(f"/v1/invoices/{one}")

    def test_no_uuid_that_is_all_digits(self) -> None:
        """Not even one that says a card number."""
        assert not holds_card_number("41111111-1111-1111-1111-111111111111")
        assert holds_card_number("41111111-1111-1111")

    @given(st.dates().map(str), st.dates().map(str), st.sampled_from([" ", " - ", " to ", "/"]))
    def test_no_dates(self, first: str, second: str, between: str) -> None:
        """A period in a memo."""
        if first > "1900" and second > "1900" and max(first, second) < "2100":
            assert not holds_card_number(f"{first}{between}{second}")

    def test_no_invoice_number(self) -> None:
        """Of the receivables that somebody really had."""
        rows = receivables.read(Path(os.environ.get("RECEIVABLES_CSV") or SAMPLE))
        assert not [row.number for row in rows if holds_card_number(row.number)]
        assert not [row.customer for row in rows if holds_card_number(row.customer)]
        assert rows


class TestTakenOut:
    @pytest.mark.parametrize(
        ("text", "left"),
        [
            (VISA, "[card number]"),
            (f"/v1/addresses/{VISA}", "/v1/addresses/[card number]"),
            ("pay 4111 1111 1111 1111, not 5555-5555-5555-4444!", "pay [card number], not [card number]!"),
            ("4111 1111 1111 1111 5555 5555 5555 4444", "[card number] [card number]"),
            ("4222222222222 4111111111111111", "[card number] [card number]"),
            ("+49 1512 3456789 or 4111111111111111", "+49 1512 3456789 or [card number]"),
            ("٤١١١١١١١١١١١١١١١ é", "[card number] é"),
            ("é ٤", "é ٤"),
        ],
    )
    def test_nothing_else_goes(self, text: str, left: str) -> None:
        """What stands around a number stays."""
        assert without_card_numbers(text) == left

    @given(st.text(st.sampled_from("0123456789 -.+x٤é")))
    def test_nothing_is_left_of_them(self, text: str) -> None:
        """What was taken out is not there any more."""
        left = without_card_numbers(text)
        assert holds_card_number(text) == (left != text) == ("[card number]" in left)


@pytest.mark.parametrize(
    "part",
    [
        "4",
        "4 ",
        "4   ",
        "50 ",
        "٤ ",
        "44444444444x",
        "+4 ",
        "DE89 3704 ",
        "AA11",
        "11.11.",
        "aaaaaaaa-aaaa-",
        "4-1.",
        "é",
    ],
)
def test_time_grows_with_the_text_alone(part: str) -> None:
    """Ten times the text takes ten times the time, whatever it is made of; a quadratic search would take a hundred."""

    def seconds(length: int) -> float:
        text = part * (length // len(part))
        started = time.process_time()
        holds_card_number(text)
        return time.process_time() - started

    def least(length: int) -> float:
        return min(seconds(length) for _ in range(3))  # the garbage collector or another thread may take its time

    assert least(300_000) < 40 * max(least(30_000), 0.002)
