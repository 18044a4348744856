"""The two ways in which the mail server does not take a mail.

`words` are for the customer: the server's about this mail, or a plain sentence where the vendor's server is at fault.
`cause` is for the operator: it has the server's address and words, and no recipient's address.
"""


class MailError(Exception):
    """The mail was not accepted, as far as is known."""

    def __init__(self, words: str, cause: str) -> None:
        super().__init__(cause)
        self.words = words
        self.cause = cause


class MailRefusedError(MailError):
    """The server refuses this recipient or this mail for good: another try would be refused as well."""


class MailDelayedError(MailError):
    """The mail may be accepted later: the server is down, slow or busy, or is not set up as the settings say.

    It may even have been accepted, when the connection broke before the response. Another try is the same mail.
    """
