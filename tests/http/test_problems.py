"""Requests that no operation understands: every operation responds with one problem, and writes nothing."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog.typing import EventDict

from billing_api.http.oauth import follows_oauth
from tests.architecture.authorisation import MATRIX
from tests.architecture.operations import Operation, operations
from tests.factories.addresses import ADDRESSES, new_address
from tests.factories.payments import of_invoices
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import pointers, problem

URL = ADDRESSES
ADDRESS = new_address()
JSON = {"Content-Type": "application/json"}


async def book(portal: Portal) -> list[Any]:
    """The addresses that were written."""
    data: list[Any] = (await portal.get(URL)).json()["data"]
    return data


class TestBodyThatCantBeRead:
    """400: there is nothing to complain of in particular."""

    @pytest.mark.parametrize(
        "content",
        [b"{", b"", b"null}", b'{"a": 1,}', b"\xff\xfe{}", b'{"recipient": "\xe9"}', b"not json", b'{"a": NaN'],
        ids=repr,
    )
    async def test_malformed(self, portal: Portal, content: bytes) -> None:
        """Broken syntax, and bytes that are no UTF-8."""
        response = await portal.post(URL, content=content, headers=JSON)
        if content == b"":
            assert pointers(problem(response, 422, "validation_failed")) == [""]
        else:
            assert response.json()["code"] in {"malformed_json", "bad_request"}
            problem(response, 400, response.json()["code"])
        assert await book(portal) == []

    @pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000, b'{"line1": ' + b"9" * 5000])
    async def test_nested_or_huge_without_end(self, portal: Portal, content: bytes) -> None:
        """The parser's own limits are the client's fault."""
        response = await portal.post(URL, content=content, headers=JSON)
        problem(response, 400, response.json()["code"])

    @pytest.mark.parametrize("content", [b"null", b"[]", b"1", b'"text"', b"true"])
    async def test_another_kind_of_json(self, portal: Portal, content: bytes) -> None:
        """It is read, and is not an object."""
        body = problem(await portal.post(URL, content=content, headers=JSON), 422, "validation_failed")
        assert pointers(body) == [""]


class TestFieldsThatCantBeMeant:
    """422, with a pointer to each."""

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"colour": "red"}, "/colour"),
            ({"a/b~c": 1}, "/a~1b~0c"),
            ({"recipient": 7}, "/recipient"),
            ({"recipient": None}, "/recipient"),
            ({"recipient": ["x"]}, "/recipient"),
            ({"recipient": {"a": 1}}, "/recipient"),
            ({"recipient": ""}, "/recipient"),
            ({"recipient": "   "}, "/recipient"),
            ({"recipient": "x" * 201}, "/recipient"),
            ({"recipient": "nul\x00"}, "/recipient"),
            ({"recipient": "\ud800"}, "/recipient"),
            ({"recipient": "x\udfff"}, "/recipient"),
            ({"country": "USA"}, "/country"),
            ({"country": "us"}, "/country"),
            ({"default_billing": "yes"}, "/default_billing"),
            ({"default_billing": 1}, "/default_billing"),
            ({"phone": "x" * 41}, "/phone"),
            ({"id": "01a203df-4cdb-7211-83aa-039c753394aa"}, "/id"),
            ({"account_id": "01a203df-4cdb-7211-83aa-039c753394aa"}, "/account_id"),
        ],
        ids=repr,
    )
    async def test_one_field(self, portal: Portal, change: dict[str, Any], pointer: str) -> None:
        """Unknown, of another type, too long, not to be stored."""
        response = await portal.post(URL, content=json.dumps(ADDRESS | change), headers=JSON)
        body = problem(response, 422, "validation_failed")
        assert pointers(body) == [pointer]
        assert body["errors"][0]["code"]
        assert body["errors"][0]["detail"]
        assert await book(portal) == []

    async def test_every_field_at_once(self, portal: Portal) -> None:
        """A form shows all its mistakes together."""
        body = problem(await portal.post(URL, json={"colour": "red", "country": 1}), 422, "validation_failed")
        assert set(pointers(body)) == {"/recipient", "/line1", "/country", "/colour"}

    async def test_some_unknown_fields(self, portal: Portal) -> None:
        """Each is named."""
        unknown = {f"field{n}": n for n in range(20)}
        body = problem(await portal.post(URL, json=ADDRESS | unknown), 422, "validation_failed")
        assert set(pointers(body)) == {f"/{name}" for name in unknown}

    async def test_thousands_of_fields(self, portal: Portal) -> None:
        """One error for all of them: neither the response nor the work on it grows with the mistakes."""
        response = await portal.post(URL, json=ADDRESS | {f"field{n}": n for n in range(5000)})
        [error] = problem(response, 422, "validation_failed")["errors"]
        assert (error["pointer"], error["code"]) == ("", "too_many_fields")

    async def test_many_wrong_fields_in_many_objects(self, portal: Portal) -> None:
        """The response has some of them."""
        invoices = [{f"field{n}": n for n in range(20)} for _ in range(100)]
        response = await portal.post("/v1/payments/quote", json={"currency": "USD", "pay": of_invoices(*invoices)})
        assert len(problem(response, 422, "validation_failed")["errors"]) == 50

    async def test_a_name_of_a_megabyte(self, portal: Portal) -> None:
        """The response repeats its beginning."""
        response = await portal.post(URL, json=ADDRESS | {"x" * 1_000_000: 1})
        assert pointers(problem(response, 422, "validation_failed")) == ["/" + "x" * 100]
        assert len(response.text) < 1000

    @pytest.mark.parametrize(
        ("query", "pointer"),
        [
            ("colour=red", "?colour"),
            ("limit=0", "?limit"),
            ("limit=101", "?limit"),
            ("limit=ten", "?limit"),
            ("limit=" + "9" * 5000, "?limit"),
            ("cursor=%00", "?cursor"),
            ("cursor=" + "x" * 1025, "?cursor"),
            ("limit=1&limit=2", "?limit"),
            ("limit=1&limit=1", "?limit"),
            ("colour=red&colour=blue&limit=1", "?colour"),
        ],
        ids=lambda value: value[:20],
    )
    async def test_a_parameter(self, portal: Portal, query: str, pointer: str) -> None:
        """Queries refuse what they don't know, as bodies do."""
        assert pointers(problem(await portal.get(f"{URL}?{query}"), 422, "validation_failed")) == [pointer]

    async def test_a_path_that_is_no_id(self, portal: Portal) -> None:
        """The parameter is named, as one of a query is."""
        body = problem(await portal.get(f"{URL}/not-an-id"), 422, "validation_failed")
        assert pointers(body) == ["?address_id"]

    @pytest.mark.parametrize("url", [f"{URL}/%ff%fe", f"{URL}?cursor=%ff", f"{URL}?q=\ud7ff"])
    async def test_bytes_that_are_no_text(self, portal: Portal, url: str) -> None:
        """Neither breaks anything."""
        problem(await portal.get(url), 422, "validation_failed")


class TestBodyOfAnotherKind:
    """415 before it is read, 413 as soon as it is known."""

    @pytest.mark.parametrize(
        "media",
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "jsonapplication"],
    )
    async def test_content_type(self, portal: Portal, media: str) -> None:
        """JSON alone is understood."""
        response = await portal.post(URL, content=json.dumps(ADDRESS), headers={"Content-Type": media})
        problem(response, 415, "unsupported_media_type")
        assert await book(portal) == []

    async def test_no_content_type(self, portal: Portal) -> None:
        """We don't guess."""
        response = await portal.post(URL, content=json.dumps(ADDRESS))
        problem(response, 415, "unsupported_media_type")

    @pytest.mark.parametrize(
        "media", ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/ld+json"]
    )
    async def test_every_json_is_json(self, portal: Portal, media: str) -> None:
        """By RFC 9110 a media type has parameters and no case."""
        response = await portal.post(URL, content=json.dumps(ADDRESS), headers={"Content-Type": media})
        assert response.status_code == 201

    async def test_too_large(self, portal: Portal) -> None:
        """Its length says so."""
        body = problem(await portal.post(URL, json=ADDRESS | {"label": "x" * 1_048_576}), 413, "too_large")
        assert "1048576 bytes" in body["detail"]

    @pytest.mark.parametrize(
        "operation",
        [
            one
            for one in operations()
            if not MATRIX[one.id].needs_token and "requestBody" in one.documented and not follows_oauth(one.path)
        ],
        ids=lambda operation: operation.id,
    )
    async def test_too_large_for_who_has_no_token(self, client: httpx.AsyncClient, operation: Operation) -> None:
        """64 kB are enough, wherever everybody may send."""
        response = await client.post(operation.path, content=b" " * 65_537, headers=JSON)
        assert "65536 bytes" in problem(response, 413, "too_large")["detail"]
        assert (await client.post(operation.path, content=b" " * 65_536, headers=JSON)).status_code in {400, 403}

    @pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e3", "\u0661"])
    async def test_a_length_that_is_none(self, portal: Portal, length: str) -> None:
        """Refused before a number is made of it."""
        headers = httpx.Headers([*JSON.items(), ("Content-Length", length)], encoding="utf-8")
        problem(await portal.post(URL, content=b"{}", headers=headers), 413, "too_large")

    @pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "x-unknown"])
    @pytest.mark.parametrize("method", ["POST", "DELETE"])
    async def test_content_encoding(self, portal: Portal, method: str, coding: str) -> None:
        """A body is taken as it is; the refusal says what is understood (RFC 9110, 15.5.16)."""
        headers = JSON | {"Content-Encoding": coding}
        response = await portal.request(
            method, URL, content=gzip.compress(json.dumps(ADDRESS).encode()), headers=headers
        )
        problem(response, 415, "unsupported_content_encoding")
        assert response.headers["accept-encoding"] == "identity"
        assert await book(portal) == []

    @pytest.mark.parametrize("codings", [("gzip", "identity"), ("identity", "gzip"), ("gzip", "")])
    async def test_several_content_encodings(self, portal: Portal, codings: tuple[str, str]) -> None:
        """Several headers are one list: none of it is overlooked."""
        headers = httpx.Headers([*JSON.items(), *(("Content-Encoding", coding) for coding in codings)])
        response = await portal.post(URL, content=json.dumps(ADDRESS), headers=headers)
        problem(response, 415, "unsupported_content_encoding")

    @pytest.mark.parametrize("codings", [("gzip, chunked",), ("gzip", "chunked"), ("chunked, chunked",), ("identity",)])
    async def test_transfer_encoding(self, portal: Portal, codings: tuple[str, ...]) -> None:
        """Chunked is understood, and nothing else (RFC 9112, 6.1)."""
        headers = httpx.Headers([*JSON.items(), *(("Transfer-Encoding", coding) for coding in codings)])
        response = await portal.post(URL, content=json.dumps(ADDRESS), headers=headers)
        problem(response, 501, "unsupported_transfer_encoding")
        assert response.headers["connection"] == "close"

    @pytest.mark.parametrize("name", ["Authorization", "Content-Length", "Content-Type", "Host", "Origin"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_a_header_twice(self, portal: Portal, method: str, name: str) -> None:
        """A header of one value is refused when it comes twice, even with equal values."""
        given = JSON | dict(portal.headers) | {"Origin": "https://portal.example.com", "Content-Length": "2"}
        value = given.get(name, "billing.test")
        headers = httpx.Headers([*JSON.items(), (name, value), (name, value)])
        if name == "Content-Type":
            headers = httpx.Headers([(name, value), (name, value)])
        body = problem(await portal.request(method, URL, content=b"{}", headers=headers), 400, "repeated_header")
        assert name.lower() in body["detail"]

    async def test_the_body_as_it_is_may_be_called_so(self, portal: Portal) -> None:
        """Identity is no coding."""
        response = await portal.post(URL, json=ADDRESS, headers={"Content-Encoding": "Identity"})
        assert response.status_code == 201

    async def test_too_large_in_pieces(self, portal: Portal) -> None:
        """It says nothing of its length, and is stopped at the limit."""
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            yield b'{"label": "'
            while sent < 50:
                sent += 1
                yield b"x" * 100_000

        problem(await portal.post(URL, content=endless(), headers=JSON), 413, "too_large")
        assert sent <= 12


class TestAddressOfNothing:
    """404 and 405, wherever they come from."""

    @pytest.mark.parametrize(
        "path",
        [
            "/v1",
            "/v1/",
            "/v1/nothing",
            "/v1/addresses/",
            "/docs/assets/x",
            "/%ff",
            "/v1%2fprofile",
            "/v1%2Fprofile",
            "/v1/addresses%2f",
            "/v1/profile%0a",
            "/v1/profile%00",
            "/v1/addresses/%00",
            "/v1/invoices%0A?limit=1&limit=2",
            "/v1/profile%c2%85",
            "/v1/addresses/01a203df-4cdb-7211-83aa-039c753394aa%0a",
            "/livez%0a",
            "/metrics%0a",
            "/openapi.json%0a",
            "/docs%7f",
        ],
    )
    async def test_unknown_path(self, portal: Portal, path: str) -> None:
        """Also one with a slash too many, or an encoded one: nobody is sent elsewhere."""
        problem(await portal.get(path), 404, "not_found")

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("PUT", URL, "GET, HEAD, POST"),
            ("POST", f"{URL}/01a203df-4cdb-7211-83aa-039c753394aa", "DELETE, GET, HEAD, PATCH"),
            ("DELETE", "/v1/profile", "GET, HEAD, PATCH"),
            ("PUT", "/v1/portal-config", "GET, HEAD"),
            ("POST", "/livez", "GET, HEAD"),
        ],
    )
    async def test_method(self, portal: Portal, method: str, path: str, allowed: str) -> None:
        """`Allow` names the methods of every route at the path (RFC 9110, 10.2.1)."""
        response = await portal.request(method, path)
        problem(response, 405, "method_not_allowed")
        assert response.headers["allow"] == allowed


class TestOurFault:
    """A 500 shows nothing of its cause."""

    async def test_unexpected_exception(
        self, app: FastAPI, portal: Portal, monkeypatch: pytest.MonkeyPatch, logged: list[EventDict]
    ) -> None:
        """The log has the exception under the id of the response."""
        secret = "password=hunter2 at 10.0.0.7"

        async def fail(*_: object) -> None:
            raise ZeroDivisionError(secret)

        monkeypatch.setattr(Services(app.state.parts).addresses, "list", fail)
        response = await portal.get(URL)
        body = problem(response, 500, "internal_error")
        assert "hunter2" not in response.text
        assert "ZeroDivisionError" not in response.text
        failures = [event for event in logged if event["event"] == "request_failed"]
        assert [(event["request_id"], event["path"]) for event in failures] == [(body["request_id"], URL)]

    @pytest.mark.parametrize(
        ("path", "shown"),
        [
            ("/v1/a%1b%5b31mred%0d%0arequest%20status=200", "/v1/a%1B%5B31mred%0D%0Arequest%20status=200"),
            ("/v1/%e2%80%aeabc%c2%9b", "/v1/%E2%80%AEabc%C2%9B"),
            ("/v1/" + "x" * 5000, "/v1/" + "x" * 296),
            ("/v1/" + "%00" * 5000, "/v1/" + "%00" * 98),
        ],
        ids=["escape", "bidirectional", "long", "long when encoded"],
    )
    async def test_a_path_is_logged_short_and_in_plain_letters(
        self, client: httpx.AsyncClient, logged: list[EventDict], path: str, shown: str
    ) -> None:
        """No stranger paints on the terminal that shows the log; the problem names the path in the same way."""
        body = (await client.get(path)).json()
        [line] = [event for event in logged if event["event"] == "request"]
        assert line["path"] == body["instance"] == shown

    async def test_every_request_has_its_line(self, portal: Portal, logged: list[EventDict]) -> None:
        """The line has the caller, the route and the status, and nothing of the body."""
        response = await portal.post(URL, json=ADDRESS | {"recipient": "Nobody's Business"})
        [line] = [event for event in logged if event["event"] == "request"]
        assert (line["method"], line["path"], line["status"]) == ("POST", URL, 201)
        assert line["request_id"] == response.headers["x-request-id"]
        assert line["actor"] == str(portal.user_id)
        assert "Nobody" not in str(logged)
