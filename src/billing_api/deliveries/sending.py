"""Sending a queued mail: write it, hand it over, and note the outcome. The worker alone loads this."""

import structlog

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.deliveries.composing import MailComposer
from billing_api.deliveries.contents import DeliveryContents
from billing_api.deliveries.jobs import SendMail
from billing_api.deliveries.model import Delivery
from billing_api.deliveries.repository import DeliveryRepository
from billing_api.deliveries.states import DeliveryStatus
from billing_api.jobs.errors import LeaseLostError, TryAgainError
from billing_api.jobs.tasks import JobRun
from billing_api.kit.metrics import MAILS
from billing_api.mail.errors import MailDelayedError, MailRefusedError
from billing_api.mail.letter import NothingToSendError
from billing_api.mail.transport import SmtpTransport
from billing_api.users.service import Users

log = structlog.get_logger(__name__)

NOT_WRITTEN = "The mail could not be written."
NO_READER = "Its reader may no longer enter the account."


class Sending:
    """Sends deliveries, one at a time."""

    def __init__(
        self,
        core: Core,
        deliveries: DeliveryRepository,
        contents: DeliveryContents,
        users: Users,
        composer: MailComposer,
        transport: SmtpTransport,
    ) -> None:
        self.db = core.db
        self._core = core
        self._deliveries = deliveries
        self._contents = contents
        self._users = users
        self._composer = composer
        self._transport = transport

    async def send(self, order: SendMail, run: JobRun) -> None:
        """Send one delivery: a job.

        A worker that dies between the server's acceptance and the note of it leaves the job to be run again: the mail
        is then sent twice, byte for byte.
        """
        delivery = await self._deliveries.find(order.account_id, order.delivery_id)
        if delivery is None or delivery.status is DeliveryStatus.SENT:
            return
        try:
            await self._require_reader(delivery)
            words = await self._transport.send(await self._composer.compose(delivery))
        except NothingToSendError as error:
            await self._end(delivery, run, DeliveryStatus.FAILED, str(error))
        except MailRefusedError as error:
            log.warning("mail_refused", delivery=str(delivery.id), kind=delivery.kind, cause=error.cause)
            await self._end(delivery, run, DeliveryStatus.FAILED, error.words)
        except MailDelayedError as error:
            await self._delay(delivery, error.words, is_last=run.is_last_attempt)
            raise TryAgainError(f"the mail server has not taken the mail: {error.cause}") from error
        except Exception:  # of a writer, or of its documents
            await self._delay(delivery, NOT_WRITTEN, is_last=run.is_last_attempt)
            raise
        else:
            await self._end_sent(delivery, run, words)

    async def _require_reader(self, delivery: Delivery) -> None:
        """Raise NothingToSendError for a user who has left the account, or is disabled, since the mail was queued."""
        if delivery.user_id is not None and await self._users.role_of(delivery.account_id, delivery.user_id) is None:
            raise NothingToSendError(NO_READER)

    async def _end_sent(self, delivery: Delivery, run: JobRun, words: str) -> None:
        try:
            await self._end(delivery, run, DeliveryStatus.SENT, words)
        except LeaseLostError:  # an operator has cancelled the job meanwhile, or another worker has it: sent is sent
            await self._note_sent(delivery, words)
            raise

    @in_transaction
    async def _note_sent(self, delivery: Delivery, words: str) -> None:
        await self._note_end(delivery, DeliveryStatus.SENT, words)

    @in_transaction
    async def _end(self, delivery: Delivery, run: JobRun, status: DeliveryStatus, words: str) -> None:
        await self._note_end(delivery, status, words)
        await run.finish()
        self.db.after_commit(MAILS.labels(delivery.kind, status).inc)

    async def _note_end(self, delivery: Delivery, status: DeliveryStatus, words: str) -> None:
        """Note the last outcome, and remove the bytes: no further try needs them."""
        now = self._core.clock.now()
        sent_at = now if status is DeliveryStatus.SENT else None
        await self._deliveries.note_try(delivery, status, words, now, sent_at=sent_at)
        await self._contents.remove(delivery.account_id, delivery.id)

    @in_transaction
    async def _delay(self, delivery: Delivery, words: str, *, is_last: bool) -> None:
        status = DeliveryStatus.FAILED if is_last else DeliveryStatus.QUEUED
        await self._deliveries.note_try(delivery, status, words, self._core.clock.now(), sent_at=None)
        self.db.after_commit(MAILS.labels(delivery.kind, status if is_last else "delayed").inc)
