"""The mail of a delivery: its letter, rendered and addressed. The worker alone loads this."""

from dataclasses import dataclass, replace

from billing_api.deliveries.contents import DeliveryContents
from billing_api.deliveries.model import Delivery
from billing_api.deliveries.writers import Writers
from billing_api.locales.language import language
from billing_api.mail.letter import Occasion
from billing_api.mail.message import Mail, Sender
from billing_api.mail.rendering import Stationery


@dataclass(frozen=True, slots=True)
class MailComposer:
    """Makes the mail of a delivery, the same at each try."""

    writers: Writers
    contents: DeliveryContents
    stationery: Stationery
    sender: Sender

    async def compose(self, delivery: Delivery) -> Mail:
        """Return the mail, with the bytes of its first try: the receiver may have got it then.

        It is written anew at each try to learn whether it still has a reason. One with a token is made of its facts
        alone, and so is the same each time; no row may have its bytes. Raise NothingToSendError.
        """
        words = language(delivery.locale)
        letter = await self.writers[delivery.kind](_occasion(delivery), words)
        mail = Mail(
            message_id=delivery.message_id,
            date=delivery.created_at,
            sender=self.sender,
            recipient=delivery.recipient,
            content=self.stationery.render(letter, words),
            preferences_url=self.stationery.preferences_url if letter.is_optional else "",
        )
        if letter.has_token:
            return mail
        return replace(mail, written=await self.contents.keep(delivery, mail.as_bytes()))


def _occasion(delivery: Delivery) -> Occasion:
    return Occasion(
        account_id=delivery.account_id,
        subject_id=delivery.subject_id,
        user_id=delivery.user_id,
        recipient=delivery.recipient,
        facts=delivery.facts,
        created_at=delivery.created_at,
    )
