"""Uploads of documents, by the unmodified SDK."""

from typing import Any

import httpx
import pytest
from braintree.error_codes import ErrorCodes

from braintree_sandbox.testing import Gateway, Sandbox

from .receiver import PATIENCE_SECONDS
from .test_disputes import PNG, named

CODES = ErrorCodes.DocumentUpload
PDF = b"%PDF-1.7\n/Type /Page\nstartxref\n0\n%%EOF\n"


def upload(gateway: Gateway, name: str, content: bytes, kind: str = "evidence_document") -> Any:
    """Return the result of an upload."""
    return gateway.document_upload.create({"kind": kind, "file": named(name, content)})


class TestCreate:
    @pytest.mark.parametrize(
        ("name", "content", "content_type"),
        [
            ("logo.png", PNG, "image/png"),
            ("Photo.JPEG", b"\xff\xd8\xff and the rest", "image/jpeg"),
            ("letter.pdf", PDF, "application/pdf"),
            ("binary.png", PNG + bytes(range(256)) + b"\r\n--\r\n", "image/png"),
        ],
    )
    def test_takes_pictures_and_pdf(self, gateway: Gateway, name: str, content: bytes, content_type: str) -> None:
        document = upload(gateway, name, content).document_upload
        assert (document.name, document.size) == (name, len(content))
        assert (document.kind, document.content_type) == ("evidence_document", content_type)
        assert document.id
        assert document.expires_at

    @pytest.mark.parametrize(
        ("name", "content", "wrong"),
        [
            ("logo.gif", PNG, CODES.FileTypeIsInvalid),
            ("noending", PNG, CODES.FileTypeIsInvalid),
            ("large.png", b"a" * (4 * 1024 * 1024 + 1), CODES.FileIsTooLarge),
            ("bad.pdf", b"%PDF-1.7 and nothing else", CODES.FileIsMalformedOrEncrypted),
            ("secret.pdf", PDF.replace(b"startxref", b"/Encrypt\nstartxref"), CODES.FileIsMalformedOrEncrypted),
            ("bad.png", b"GIF89a", CODES.FileIsMalformedOrEncrypted),
            ("long.pdf", b"%PDF-1.7\n" + b"/Type /Page\n" * 51 + b"startxref\n0\n%%EOF", CODES.FileIsTooLong),
            ("empty.png", b"", CODES.FileIsEmpty),
        ],
    )
    def test_refuses_other_kinds_of_files(self, gateway: Gateway, name: str, content: bytes, wrong: str) -> None:
        result = upload(gateway, name, content)
        assert not result.is_success
        assert [error.code for error in result.errors.for_object("document_upload").on("file")] == [wrong]

    def test_refuses_another_kind_of_document(self, gateway: Gateway) -> None:
        result = upload(gateway, "logo.png", PNG, kind="love_letter")
        assert [error.code for error in result.errors.for_object("document_upload").on("kind")] == [CODES.KindIsInvalid]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nk\r\n--x--'),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n--x--"),
        ("application/xml", b"<document-upload/>"),
    ],
)
def test_a_body_without_a_file_is_refused(sandbox: Sandbox, content_type: str, body: bytes) -> None:
    """The SDK never sends such."""
    with httpx.Client(base_url=sandbox.url, trust_env=False, timeout=PATIENCE_SECONDS) as client:
        response = client.post(
            "/merchants/integration_merchant_id/document_uploads",
            content=body,
            headers={"content-type": content_type, "x-apiversion": "6"},
            auth=("integration_public_key", "integration_private_key"),
        )
    assert response.status_code == 400
