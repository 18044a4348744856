"""A notification: kind, time and subject, as base64 of XML."""

from base64 import encodebytes
from datetime import datetime
from typing import NamedTuple

from braintree_sandbox.wire.values import Fields
from braintree_sandbox.wire.xml_out import render


class Notification(NamedTuple):
    """A webhook's content: `subject` is the document under the kind's own element."""

    kind: str
    subject_id: str | None
    subject: Fields
    # The connected merchant that it is about, for those who act for others.
    source_merchant_id: str | None = None

    def payload(self, now: datetime) -> str:
        """Return the text that is signed and sent, in lines of 76 characters."""
        fields: Fields = {"timestamp": now, "kind": self.kind}
        if self.source_merchant_id is not None:
            fields["source_merchant_id"] = self.source_merchant_id
        return encodebytes(render("notification", {**fields, "subject": self.subject})).decode("ascii")
