"""Passwords: argon2id outside the event loop, and the rules for a new one. The only importer of `passlib`.

`passlib` is shipped by its maintained fork libpass. Parameters: OWASP's cheat sheet on password storage.
"""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, TypeVar

from passlib.context import CryptContext  # type: ignore[import-untyped]
from pydantic import Field, SecretStr

from billing_api.auth.weak_passwords import is_weak
from billing_api.errors import FieldError, InvalidInputError, UnavailableError
from billing_api.kit.schema import Secret

LONG_ENOUGH = 15  # NIST SP 800-63B-4 for a password without a second factor
MAX_LENGTH = 256
_MAX_WAITING = 64  # for one thread: at 30 ms a hash, the last one waits two seconds

T = TypeVar("T")

GivenPassword = Annotated[Secret, Field(min_length=1, max_length=MAX_LENGTH, examples=["a quiet river at dawn"])]
NewPassword = Annotated[
    Secret,
    Field(
        min_length=LONG_ENOUGH,
        max_length=MAX_LENGTH,
        examples=["a quiet river at dawn"],
        description="15 characters or more, of any kind; not one that is easy to guess, nor made of known facts about "
        "its owner",
    ),
]


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """A password as it is stored; `is_long` says whether it suffices without a second factor."""

    hash: str
    is_long: bool


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether a password matches, and its new hash where the parameters have changed since."""

    matches: bool
    replacement: StoredPassword | None


class Passwords:
    """Hash and verify in a few threads, so that hashing never holds up the loop or takes every core."""

    def __init__(self, *, threads: int) -> None:
        """Take the number of threads: of hashes that are computed at once, each with 19 MiB in about 30 ms."""
        self._context = CryptContext(
            schemes=["argon2"],
            argon2__type="ID",
            argon2__memory_cost=19 * 1024,  # KiB
            argon2__time_cost=2,
            argon2__parallelism=1,
        )
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._max_waiting = threads * _MAX_WAITING
        self._waiting = 0
        self._hash_without_user = self._context.hash(secrets.token_hex())

    async def hash(self, password: SecretStr) -> StoredPassword:
        """Return a password's hash. Raise UnavailableError when too many wait already."""
        return await self._in_thread(self._hash, password)

    async def verify(self, password: SecretStr, stored_hash: str | None) -> Verification:
        """Compare a password with a hash; without one the work is the same. Raise UnavailableError."""
        return await self._in_thread(self._verify, password, stored_hash)

    async def accept(self, password: SecretStr, *, pointer: str, own_words: Iterable[str]) -> StoredPassword:
        """Hash a new password unless it is easy to guess; `own_words` are names and addresses of its owner.

        Raise InvalidInputError at `pointer`, UnavailableError.
        """
        return await self._in_thread(self._accept, password, pointer, tuple(own_words))

    def close(self) -> None:
        """Stop the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        if self._waiting >= self._max_waiting:
            raise UnavailableError
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1

    def _accept(self, password: SecretStr, pointer: str, own_words: tuple[str, ...]) -> StoredPassword:
        text = _prepared(password)
        if len(text) < LONG_ENOUGH:
            raise InvalidInputError(FieldError(pointer, "password_too_short", "Fifteen characters are needed"))
        if len(password.get_secret_value()) > MAX_LENGTH:  # as it will be typed: no sign-in takes a longer one
            detail = f"A password has at most {MAX_LENGTH} characters"
            raise InvalidInputError(FieldError(pointer, "password_too_long", detail))
        if is_weak(text, own_words):
            detail = "This password is easy to guess: choose another, such as some words that do not belong together"
            raise InvalidInputError(FieldError(pointer, "password_too_common", detail))
        return self._hash(password)

    def _hash(self, password: SecretStr) -> StoredPassword:
        text = _prepared(password)
        return StoredPassword(self._context.hash(text), len(text) >= LONG_ENOUGH)

    def _verify(self, password: SecretStr, stored_hash: str | None) -> Verification:
        text = _prepared(password)
        matches, new_hash = self._context.verify_and_update(text, stored_hash or self._hash_without_user)
        if stored_hash is None or not matches:
            return Verification(matches=False, replacement=None)
        replacement = StoredPassword(new_hash, len(text) >= LONG_ENOUGH) if new_hash else None
        return Verification(matches=True, replacement=replacement)


def _prepared(password: SecretStr) -> str:
    """Return the password with composed characters, the same from every keyboard (RFC 8265, OpaqueString)."""
    return unicodedata.normalize("NFC", password.get_secret_value())
