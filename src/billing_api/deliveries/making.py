"""The parts of sending, which the worker alone needs."""

from billing_api.core import Core
from billing_api.deliveries.composing import MailComposer
from billing_api.deliveries.contents import DeliveryContents
from billing_api.deliveries.repository import DeliveryRepository
from billing_api.deliveries.sending import Sending
from billing_api.deliveries.writers import Writers
from billing_api.mail.message import sender_of
from billing_api.mail.rendering import Stationery
from billing_api.mail.transport import SmtpTransport
from billing_api.parts import Parts
from billing_api.users.service import Users


def make_sending(parts: Parts, writers: Writers | None = None) -> Sending:
    """Return the sender of deliveries with the settings' mail server; `writers` in place of those of the features."""
    core, settings, contents = parts[Core], parts.settings, parts[DeliveryContents]
    composer = MailComposer(writers or parts[Writers], contents, Stationery.of(settings), sender_of(settings))
    return Sending(core, DeliveryRepository(core.db), contents, parts[Users], composer, SmtpTransport(settings))
