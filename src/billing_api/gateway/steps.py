"""A step at the gateway: record the intent, call, record the outcome; with the gateway's errors, translated.

A service that changes something at the gateway does it in three parts, none of them inside another:

    begun = await self._begin(account_id, method_id)          # transaction one records the intent
    await call_gateway(                                       # no transaction is open
        self._gateway.delete_method(begun.token),
        undo=lambda error: self._undo(begun),                 # a transaction, when the gateway certainly did nothing
        in_doubt="the payment method may be removed or not.",
    )
    return await patiently(lambda: self._record_removed(begun))  # transaction two records the outcome

A service that records every outcome, as payments do, takes it as a value:

    match await attempt(self._gateway.charge(order)):
        case Done(charge): ...
        case NotDone(error): ...    # the gateway certainly did nothing
        case InDoubt(): ...         # it may have: the reconciler finds out

A reconciler checks each of its due items with `run_checks`, which logs a failure and postpones the item:

    return await run_checks(due, self._check, self._recorder.postpone, event="payment_not_resolved", key="payment_id")

A job that reads from the gateway is tried again when that fails:

    with trying_again("the books are not compared"):
        found = await self._gateway.list_transactions(since, until)
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import structlog

from billing_api.db.retries import patiently
from billing_api.errors import AppError, UnavailableError
from billing_api.gateway.errors import GatewayResponseLostError, GatewayUnreachableError
from billing_api.gateway.failures import GatewayError, GatewayOutcomeUnknownError, GatewayUnfamiliarError
from billing_api.jobs.errors import TryAgainError
from billing_api.kit.batches import FAILED, NOT_BELIEVED, run_batch

T = TypeVar("T")

PASS_LIMIT = 1000  # the most checks of each sort in one pass

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The gateway did it, and returned this."""

    value: T


@dataclass(frozen=True, slots=True)
class NotDone:
    """The gateway certainly did nothing: it refused, or nothing was sent."""

    error: GatewayError


@dataclass(frozen=True, slots=True)
class InDoubt:
    """The request was sent and its response is lost: it may have been carried out."""

    error: GatewayOutcomeUnknownError


async def attempt(call: Awaitable[T]) -> Done[T] | NotDone | InDoubt:
    """Return the outcome of a call to the gateway as a value."""
    try:
        return Done(await call)
    except GatewayOutcomeUnknownError as error:
        return InDoubt(error)
    except GatewayError as error:
        return NotDone(error)


def unreachable(_: GatewayError) -> AppError:
    """Return the error for a client whose request the gateway did not carry out."""
    return GatewayUnreachableError()


async def call_gateway(
    call: Awaitable[T],
    *,
    in_doubt: str = "it is not known.",
    undo: Callable[[GatewayError], Awaitable[object]] | None = None,
    undo_twice: bool = True,
    find: Callable[[], Awaitable[T | None]] | None = None,
    refusal: Callable[[GatewayError], AppError] = unreachable,
) -> T:
    """Return the result of a call whose intent is recorded.

    When the gateway did nothing, `undo` records that, patiently, and the error of `refusal` is raised. `undo_twice`
    allows recording it again after a commit whose response was lost. When the response is lost, `find` looks for the
    result once; without a result GatewayResponseLostError is raised with the text `in_doubt`.
    """
    match await attempt(call):
        case Done(value):
            return value
        case NotDone(error):
            if undo is not None:
                record = undo
                await patiently(lambda: record(error), past_a_lost_commit=undo_twice)
            raise refusal(error) from error
        case InDoubt(lost):
            if find is not None and isinstance(found := await attempt(find()), Done) and found.value is not None:
                return found.value
            raise GatewayResponseLostError(in_doubt) from lost


@contextmanager
def trying_again(failure: str) -> Iterator[None]:
    """Raise TryAgainError, with what has failed and the gateway's words, for an error of the gateway in the block."""
    try:
        yield
    except GatewayError as error:
        raise TryAgainError(f"{failure}: {error}") from error


class DueItem(Protocol):
    """A row of any account that is to be looked up at the gateway."""

    @property
    def account_id(self) -> UUID: ...
    @property
    def id(self) -> UUID: ...


DueT = TypeVar("DueT", bound=DueItem)


async def run_checks(
    due: Iterable[DueT],
    check: Callable[[DueT], Awaitable[str]],
    postpone: Callable[[UUID, UUID], Awaitable[object]],
    *,
    event: str,
    key: str,
) -> Counter[str]:
    """Check each due item and count the results of `check`, as `run_batch` does.

    An item that failed is logged as `event`, with its id as `key`, and postponed, so that it keeps no other from its
    turn. Where the gateway is another merchant's, nothing is believed or postponed, and the rest is not tried.
    """

    async def run(item: DueT) -> str:
        subject = {key: str(item.id)}
        try:
            return await check(item)
        except GatewayUnfamiliarError as error:
            log.error(event, error=str(error), **subject)  # noqa: TRY400 - its words say all
            return NOT_BELIEVED
        except (GatewayError, UnavailableError) as error:
            log.warning(event, error=str(error), **subject)
        except Exception:  # whatever it is, the others must not wait for it
            log.exception(event, **subject)
        with suppress(UnavailableError):  # the database is away: the item stays due as it is
            await postpone(item.account_id, item.id)
        return FAILED

    return await run_batch(due, run)
