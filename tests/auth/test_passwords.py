"""Passwords: the hash, its renewal, the policy, and equal work for known and unknown users."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from passlib.context import CryptContext  # type: ignore[import-untyped]
from pydantic import SecretStr, TypeAdapter, ValidationError

from billing_api.auth.passwords import GivenPassword, NewPassword, Passwords
from billing_api.errors import InvalidInputError, UnavailableError
from tests.fixtures.waiting import PATIENCE_SECONDS

RIGHT = SecretStr("a quiet river at dawn")
WRONG = SecretStr("a quiet river at dusk")


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    passwords = Passwords(threads=1)
    yield passwords
    passwords.close()


async def test_it_is_argon2id_with_the_parameters_of_the_design(passwords: Passwords) -> None:
    stored = await passwords.hash(RIGHT)
    assert stored.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored.is_long


async def test_the_right_one_matches_and_no_other(passwords: Passwords) -> None:
    stored = await passwords.hash(RIGHT)
    assert (await passwords.verify(RIGHT, stored.hash)).matches
    assert not (await passwords.verify(WRONG, stored.hash)).matches


async def test_a_letter_and_its_accent_may_be_one_character_or_two(passwords: Passwords) -> None:
    stored = await passwords.hash(SecretStr("caf\u00e9 au lait \u00e0 Paris"))
    assert (await passwords.verify(SecretStr("cafe\u0301 au lait a\u0300 Paris"), stored.hash)).matches


async def test_every_character_counts(passwords: Passwords) -> None:
    """No truncation, as bcrypt has it, and no stripping."""
    stored = await passwords.hash(SecretStr(" " + "x" * 254 + "y"))
    assert not (await passwords.verify(SecretStr(" " + "x" * 254 + "z"), stored.hash)).matches
    assert not (await passwords.verify(SecretStr("x" * 254 + "y"), stored.hash)).matches


async def test_a_hash_of_weaker_parameters_is_replaced_when_it_matches(passwords: Passwords) -> None:
    weaker = CryptContext(schemes=["argon2"], argon2__type="ID", argon2__memory_cost=8192, argon2__time_cost=1)
    old = weaker.hash(RIGHT.get_secret_value())
    verification = await passwords.verify(RIGHT, old)
    assert verification.replacement is not None
    assert verification.replacement.hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    again = await passwords.verify(RIGHT, verification.replacement.hash)
    assert (again.matches, again.replacement) == (True, None)
    assert (await passwords.verify(WRONG, old)).replacement is None


@pytest.mark.parametrize(("length", "is_long"), [(14, False), (15, True)])
async def test_a_renewed_hash_says_whether_the_password_is_long_enough(
    passwords: Passwords, length: int, is_long: bool
) -> None:
    weaker = CryptContext(schemes=["argon2"], argon2__type="ID", argon2__memory_cost=8192, argon2__time_cost=1)
    given = SecretStr("x" * length)
    verification = await passwords.verify(given, weaker.hash(given.get_secret_value()))
    assert verification.replacement is not None
    assert verification.replacement.is_long == is_long


async def test_without_a_stored_hash_nothing_matches(passwords: Passwords) -> None:
    for given in (RIGHT, SecretStr(""), SecretStr(passwords._hash_without_user)):
        assert not (await passwords.verify(given, None)).matches


async def test_without_a_stored_hash_the_work_is_the_same(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an attacker could measure is the one hash; it is computed with the same parameters each time."""
    compared: list[str] = []
    verify = passwords._context.verify_and_update

    def watched(text: str, stored: str) -> tuple[bool, str | None]:
        compared.append(stored.rpartition("$")[0].rpartition("$")[0])
        result: tuple[bool, str | None] = verify(text, stored)
        return result

    stored = await passwords.hash(RIGHT)
    monkeypatch.setattr(passwords._context, "verify_and_update", watched)
    await passwords.verify(WRONG, stored.hash)
    await passwords.verify(WRONG, None)
    assert compared == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


async def test_hashing_leaves_the_loop_alone(passwords: Passwords) -> None:
    loop_thread = threading.get_ident()
    assert await passwords._in_thread(threading.get_ident) != loop_thread


async def test_too_many_who_wait_are_refused_at_once(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal does not change this for the next."""
    monkeypatch.setattr(passwords, "_max_waiting", 2)
    for _ in range(2):
        door = threading.Event()
        waiting = [asyncio.create_task(passwords._in_thread(door.wait)) for _ in range(2)]
        await asyncio.sleep(0)  # let both of them queue
        with pytest.raises(UnavailableError):
            await passwords.verify(RIGHT, None)
        door.set()
        await asyncio.gather(*waiting)
    assert not (await passwords.verify(RIGHT, None)).matches


async def test_at_the_end_what_runs_is_finished_and_what_waits_is_cancelled(passwords: Passwords) -> None:
    """The event loop can close its connections meanwhile."""
    begun, door, ended = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        door.wait(PATIENCE_SECONDS)
        ended.set()

    running, waiting = (asyncio.create_task(passwords._in_thread(hold)) for _ in range(2))
    await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
    passwords.close()
    assert not ended.is_set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    door.set()
    await running


@pytest.mark.parametrize(("field", "shortest"), [(GivenPassword, 1), (NewPassword, 15)])
def test_its_length_is_bounded_before_anything_is_hashed(field: Any, shortest: int) -> None:
    """256 characters at most; a new one has 15 at least, one that is tried need not."""
    read = TypeAdapter[SecretStr](field).validate_python
    for length in (shortest, 256):
        assert len(read("x" * length).get_secret_value()) == length
    for length in (shortest - 1, 257):
        with pytest.raises(ValidationError):
            read("x" * length)


class TestPolicy:
    async def test_one_that_no_sign_in_takes_is_refused(self, passwords: Passwords) -> None:
        """The schema has not checked the password of a command."""
        text = "a quiet river at dawn, " * 12
        accepted = await passwords.accept(SecretStr(text[:256]), pointer="/new", own_words=())
        assert accepted.is_long
        with pytest.raises(InvalidInputError) as refusal:
            await passwords.accept(SecretStr(text[:257]), pointer="/new", own_words=())
        assert [error.code for error in refusal.value.errors] == ["password_too_long"]

    @pytest.mark.parametrize("length", [15, 64, 256])
    async def test_fifteen_to_256_characters_of_any_kind(self, passwords: Passwords, length: int) -> None:
        text = ("a quiet river at dawn, " * 12)[: length - 1] + "!"
        assert (await passwords.accept(SecretStr(text), pointer="/password", own_words=())).is_long

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("fourteen chars", "password_too_short"),
            ("e\u0301" * 14, "password_too_short"),
            ("passwordpassword", "password_too_common"),
            ("Jane.Doe@acme.example", "password_too_common"),
        ],
    )
    async def test_passwords_that_anyone_would_try_are_refused(
        self, passwords: Passwords, text: str, code: str
    ) -> None:
        with pytest.raises(InvalidInputError) as refusal:
            await passwords.accept(SecretStr(text), pointer="/new_password", own_words=["jane.doe@acme.example"])
        assert [(error.pointer, error.code) for error in refusal.value.errors] == [("/new_password", code)]
        assert text not in str(refusal.value)
