"""The rules of every input, and the notation of days and moments."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import pytest
from pydantic import ValidationError

from billing_api.kit.schema import Day, InputSchema, Moment, ReadSchema, ShortText, json_of


class Thing(InputSchema):
    """An input."""

    name: ShortText


def test_inputs_refuse_what_they_do_not_know_and_do_not_change() -> None:
    """A misspelled field must not be taken for one that was left out."""
    with pytest.raises(ValidationError):
        Thing.model_validate({"name": "a", "nmae": "b"})
    with pytest.raises(ValidationError):
        setattr(Thing(name="a"), "name", "b")  # noqa: B010 - mypy knows that it is read-only


def test_an_inputs_error_does_not_repeat_what_was_given() -> None:
    """Its text may end in a log."""
    with pytest.raises(ValidationError) as refused:
        Thing.model_validate({"name": ["canary"], "canary of a value": "canary"})
    assert "canary" not in str(refused.value).replace("canary of a value", "")


class Dated(InputSchema):
    """An input with a day and a moment."""

    day: Day
    moment: Moment


@pytest.mark.parametrize("day", ["2026-11-22", "0001-01-01", "2024-02-29"])
@pytest.mark.parametrize("moment", ["2026-11-22T09:30:00Z", "2026-11-22T09:30:00.123456+05:30", "2026-11-22 09:30:00z"])
def test_days_and_moments(day: str, moment: str) -> None:
    """As ISO 8601 and RFC 3339 write them; a moment knows its distance from UTC."""
    read = Dated.model_validate({"day": day, "moment": moment})
    assert read.day.isoformat() == day
    assert read.moment.utcoffset() is not None
    assert Dated(day=read.day, moment=read.moment) == read


@pytest.mark.parametrize(
    "day",
    [
        0,
        "0",
        1.5,
        True,
        None,
        "2026-11-22T00:00:00",
        "2026-1-2",
        "2026-02-30",
        "22.11.2026",
        "\u0662\u0660\u0662\u0666-11-22",
        "0000-01-01",
    ],
)
def test_texts_that_are_no_days_are_refused(day: object) -> None:
    """Numbers, too, and days that no calendar has."""
    with pytest.raises(ValidationError):
        Dated.model_validate({"day": day, "moment": "2026-11-22T09:30:00Z"})


@pytest.mark.parametrize(
    "moment", [0, "0", "1700000000", "2026-11-22", "2026-11-22T09:30:00", "2026-11-22T09:30Z", None]
)
def test_texts_that_are_no_moments_are_refused(moment: object) -> None:
    """A time without its zone is no moment."""
    with pytest.raises(ValidationError):
        Dated.model_validate({"day": "2026-11-22", "moment": moment})


class Shade(StrEnum):
    """An enumeration."""

    DARK = "dark"


@dataclass
class Row:
    """A row of a page."""

    id: UUID
    text: str | None
    day: date


class Part(ReadSchema):
    """A model inside another one."""

    rate: Decimal
    shade: Shade


class Whole(ReadSchema):
    """A read model with a value of each kind."""

    rows: list[Row]
    parts: list[Part]
    moments: list[datetime]
    is_open: bool
    amount: int
    words: dict[str, int]


def test_json_is_what_pydantic_would_write() -> None:
    """The contract is made from the models, so pydantic says how each value is written."""
    texts = ["", '"\\/', "".join(map(chr, range(0x20))), "\x7f\x80\u2028\u2029", "Zürich, 東京, \U0001f600", None]
    moments = [datetime(2026, 11, 27, 6, 34, 24, microseconds, UTC) for microseconds in (0, 1, 500_000)]
    moments += [datetime(2026, 11, 27, tzinfo=timezone(timedelta(hours=5, minutes=30))), datetime(1, 1, 1)]  # noqa: DTZ001
    numbers = ["1", "-0", "0.10", "1E+2", "1E-9", "12345678901234567890.12345"]
    whole = Whole(
        rows=[Row(UUID(int=7), text, date(2026, 2, 28)) for text in texts],
        parts=[Part(rate=Decimal(number), shade=Shade.DARK) for number in numbers],
        moments=moments,
        is_open=True,
        amount=-(2**53),
        words={"é": 1, "b": 2},
    )
    assert json_of(whole).decode() == whole.model_dump_json()


def test_json_of_another_model_is_a_fault() -> None:
    """A settings object or an input inside a response would show what no contract has."""

    class Holder(ReadSchema):
        """A read model that holds anything."""

        value: object

    with pytest.raises(TypeError, match="Thing"):
        json_of(Holder(value=Thing(name="a")))
