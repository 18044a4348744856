"""Handing a mail to the mail server: SMTP by aiosmtplib, one connection and one recipient for each mail."""

import asyncio
import re
import ssl
from contextlib import suppress

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from aiosmtplib.errors import SMTPDataError, SMTPRecipientRefused

from billing_api.mail.errors import MailDelayedError, MailRefusedError
from billing_api.mail.message import Mail
from billing_api.mail_settings import MailSettings, SmtpSecurity

_PERMANENT = range(500, 600)
_GOODBYE_SECONDS = 2.0
_LONGEST_WORDS = 500
_ADDRESS = re.compile(r"<?[^\s<>:;,()\"]+@[^\s<>:;,()\"]+>?")

# For the customer, to whom the vendor's mail server is no more than that.
NOT_REACHED = "The vendor's mail server could not be reached."
LOST = "The connection to the vendor's mail server was lost before it confirmed the mail."
NO_RESPONSE = "The vendor's mail server did not respond in time."
NOT_TAKEN = "The vendor's mail server did not take the mail."
NO_SMTPUTF8 = "The vendor's mail server takes no addresses with letters beyond ASCII before the @ (SMTPUTF8)."


class SmtpTransport:
    """The way to the mail server of the settings."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings
        self._tls: ssl.SSLContext | None = None  # made once: reading the system's certificates takes some 20 ms

    async def send(self, mail: Mail) -> str:
        """Hand the mail over, and return the server's words of acceptance.

        Raise MailRefusedError when the server refuses the recipient or the content for good, and MailDelayedError for
        everything else: a 4xx, a lost connection, a certificate that is not trusted, a response that is no SMTP.
        """
        sender, recipient = mail.envelope
        options = ["SMTPUTF8"] if mail.needs_smtputf8 else []
        client = await self._client()
        is_connected = False
        try:
            async with asyncio.timeout(self._settings.smtp_timeout_seconds):
                await client.connect()
                is_connected = True
                _, words = await client.sendmail(sender, [recipient], mail.as_bytes(), mail_options=options)
        except SMTPRecipientsRefused as error:
            raise _refusal(error.recipients[0]) from error
        except SMTPDataError as error:
            raise _refusal(error) from error
        except SMTPNotSupported as error:
            raise self._unsupported(mail, error) from error
        except SMTPResponseException as error:
            raise self._delay(NOT_TAKEN, _words(error)) from error
        except TimeoutError as error:
            raise self._delay(NO_RESPONSE, f"no response within {self._settings.smtp_timeout_seconds:g} s") from error
        except (SMTPServerDisconnected, OSError) as error:
            raise self._delay(LOST if is_connected else NOT_REACHED, str(error)) from error
        except (SMTPException, ValueError) as error:  # aiosmtplib checks some values itself
            raise self._delay(NOT_REACHED, str(error)) from error
        else:
            # The mail is accepted: nothing that follows may make it another one.
            with suppress(SMTPException, OSError, TimeoutError):
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await client.quit()
            return _shortened(words)
        finally:
            client.close()

    def _delay(self, words: str, cause: str) -> MailDelayedError:
        settings = self._settings
        return MailDelayedError(words, f"{settings.smtp_host}:{settings.smtp_port}: {_without_addresses(cause)}")

    def _unsupported(self, mail: Mail, error: SMTPNotSupported) -> MailRefusedError | MailDelayedError:
        if mail.needs_smtputf8:
            return MailRefusedError(NO_SMTPUTF8, _without_addresses(str(error)))
        return self._delay(NOT_TAKEN, str(error))

    async def _client(self) -> SMTP:
        settings = self._settings
        if self._tls is None and settings.smtp_security is not SmtpSecurity.NONE:
            self._tls = await asyncio.to_thread(ssl.create_default_context, cafile=settings.smtp_ca_file or None)
        return SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password.get_secret_value() or None,
            timeout=settings.smtp_timeout_seconds,
            use_tls=settings.smtp_security is SmtpSecurity.TLS,
            # False and not None: None would take STARTTLS away when someone on the way removes the offer.
            start_tls=settings.smtp_security is SmtpSecurity.STARTTLS,
            tls_context=self._tls,
        )


def _refusal(error: SMTPRecipientRefused | SMTPDataError) -> MailRefusedError | MailDelayedError:
    kind = MailRefusedError if error.code in _PERMANENT else MailDelayedError
    return kind(_words(error), _without_addresses(_words(error)))


def _words(error: SMTPResponseException) -> str:
    code = f"{error.code} " if error.code > 0 else ""
    return _shortened(f"{code}{error.message}")


def _without_addresses(words: str) -> str:
    """Return the words in one line, without a recipient's address: they stand in the log and with the job."""
    return _ADDRESS.sub("<address>", _shortened(words))


def _shortened(words: str) -> str:
    """Return the words in one line that can be stored and shown: a broken server may send anything."""
    shown = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(shown.split())[:_LONGEST_WORDS]
