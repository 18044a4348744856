"""The settings of mail: the server that takes it, the addresses that it comes from, and when reminders are sent."""

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from billing_api.setting_types import Numbers

# Domains that are no one's, as are those below them (RFC 2606).
_EXAMPLES = ("example.com", "example.net", "example.org", "example", "invalid", "test")


class SmtpSecurity(StrEnum):
    """The encryption of the way to the mail server."""

    NONE = "none"
    STARTTLS = "starttls"  # begins in the clear, mostly on port 587; without STARTTLS nothing is sent
    TLS = "tls"  # from the first byte, mostly on port 465


def _address(text: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        raise ValueError("write one e-mail address, without a name: billing@vendor.example") from None


def _address_or_none(text: str) -> str:
    return _address(text) if text else text


def _host(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or any(character in text for character in " /@"):
        raise ValueError("write the name or the address of a host, in ASCII: smtp.vendor.example")
    return text


def _readable_file(text: str) -> str:
    if text and not Path(text).is_file():
        raise ValueError("write the path of a file of certificates in PEM form")
    return text


class MailSettings(BaseSettings):
    """The settings of mail; a part of `config.Settings`."""

    smtp_host: Annotated[str, AfterValidator(_host)] = Field(
        "127.0.0.1", description="The mail server that takes our mails"
    )
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: SmtpSecurity = Field(
        SmtpSecurity.STARTTLS,
        description="`starttls`, `tls`, or `none`, which production allows for this machine alone",
    )
    smtp_user: str = Field("", max_length=254, description="Empty: no sign-in at the mail server")
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: Annotated[str, AfterValidator(_readable_file)] = Field(
        "", description="Certificates in PEM form that the mail server's is checked with; empty: the system's"
    )
    smtp_timeout_seconds: float = Field(
        60.0, gt=0, le=600, description="For one mail, from the connection to its acceptance"
    )
    mail_sender: Annotated[str, AfterValidator(_address_or_none)] = Field(
        "", description="The address that mails come from, with VENDOR_NAME as its name; empty: VENDOR_SUPPORT_EMAIL"
    )
    mail_reply_to: Annotated[str, AfterValidator(_address_or_none)] = Field(
        "", description="The address that replies go to; empty: VENDOR_SUPPORT_EMAIL"
    )

    vendor_name: str = "Example Vendor"
    vendor_disputes_email: Annotated[str, AfterValidator(_address_or_none)] = Field(
        "", description="Where new disputes of invoices are mailed to; empty: VENDOR_SUPPORT_EMAIL"
    )
    vendor_support_email: Annotated[str, AfterValidator(_address)] = "billing@example.com"

    due_soon_days: int = Field(7, ge=1, le=60, description="A reminder is sent so many days before an invoice is due")
    overdue_days: Numbers = Field(
        [1, 7, 30], min_length=1, description="Reminders are sent so many days after an invoice was due, with commas"
    )
    email_change_hours: int = Field(24, ge=1, le=168, description="How long a profile's new address can be confirmed")

    def mail_refusals(self) -> Iterator[str]:
        """Yield a line for each combination that no environment allows."""
        has_password = bool(self.smtp_password.get_secret_value())
        if has_password and not self.smtp_user:
            yield "SMTP_USER: SMTP_PASSWORD is set, so it is needed"
        if self.smtp_user and not has_password:
            yield "SMTP_PASSWORD: SMTP_USER is set, so it is needed"
        if self.smtp_user and self.smtp_security is SmtpSecurity.NONE and not is_loopback(self.smtp_host):
            yield "SMTP_SECURITY: `none` would send SMTP_PASSWORD in the clear: write `starttls` or `tls`"

    def mail_refusals_of_production(self) -> Iterator[str]:
        """Yield a line for each value that only development allows."""
        if "smtp_host" not in self.model_fields_set:
            yield "SMTP_HOST: production needs the name of the mail server"
        elif self.smtp_security is SmtpSecurity.NONE and not is_loopback(self.smtp_host):
            yield "SMTP_SECURITY: production refuses `none`, except for a mail server on this machine"
        if not self.mail_sender:
            yield "MAIL_SENDER: production needs the address that mails come from"
        elif _is_example(self.mail_sender):
            yield "MAIL_SENDER: an example's domain: write an address of the vendor's own"


def _is_example(address: str) -> bool:
    domain = f".{address.rpartition('@')[2].lower()}"
    return any(domain.endswith(f".{example}") for example in _EXAMPLES)


def is_loopback(host: str) -> bool:
    """Return whether the host is this machine."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
