"""The two ways in which the mail server does not take a mail; `words` are its own, or those of the connection."""


class MailError(Exception):
    """The mail was not accepted, as far as is known."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class MailRefusedError(MailError):
    """The server refuses this recipient or this mail for good: another try would be refused as well."""


class MailDelayedError(MailError):
    """The mail may be accepted later: the server is down, slow or busy, or is not set up as the settings say.

    It may even have been accepted, when the connection broke before the response. Another try is the same mail.
    """
