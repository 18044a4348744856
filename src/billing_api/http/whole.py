"""A response in one message and one write.

ASGI takes two messages for a response; uvicorn checks every header of the first and writes twice, which was a seventh
of the CPU time of a short response. Our server (http/protocol.py) offers an extension of ASGI: one message with
status, headers and the whole body. A layer that looks at the beginning of a response knows it by its `status`.
"""

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

# The extension's name in a scope, which has a weak reference to the cycle that writes, and the type of its message.
WHOLE = "billing_api.whole_response"

_CONTROL = bytes({*range(0x20), 0x7F} - {0x09})  # that a header's value must not have (RFC 9110, 5.5)


async def send_response(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    """Send a response: in one message where the server takes it, and the response's bytes are known."""
    extensions = scope.get("extensions")
    if extensions is None or WHOLE not in extensions or type(response).__call__ is not Response.__call__:
        await response(scope, receive, send)
        return
    await send({"type": WHOLE, "status": response.status_code, "headers": response.raw_headers, "body": response.body})
    if response.background is not None:
        await response.background()


def cut_off(scope: Scope) -> bool:
    """End the connection in the middle of a response, and return whether the server is ours, which can.

    Other servers do so when the application raises, and log that as an error.
    """
    extensions = scope.get("extensions")
    if extensions is None or WHOLE not in extensions:
        return False
    cycle: RequestResponseCycle = extensions[WHOLE]()
    cycle.disconnected = True  # uvicorn expects no rest then
    cycle.transport.close()
    return True


async def write(scope: Scope, message: Message, fixed: bytes) -> None:
    """Write the message's response to the client, as uvicorn would its two messages.

    Its headers have Content-Length, unless its status has no content, and no Connection. `fixed` are the lines of
    further headers, which are constants. Raise RuntimeError for a second response and for a value that would break
    the head.
    """
    cycle: RequestResponseCycle = scope["extensions"][WHOLE]()  # it lives as long as its task
    if cycle.flow.write_paused and not cycle.disconnected:
        await cycle.flow.drain()
    if cycle.disconnected:
        return
    if cycle.response_started:
        raise RuntimeError("a response was sent already")
    lines = [*map(b": ".join, cycle.default_headers), *map(b": ".join, message["headers"])]
    text = b"".join(lines)
    if text.translate(None, _CONTROL) != text:
        raise RuntimeError("a header has a control character")
    end = b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n"
    body = b"" if cycle.scope["method"] == "HEAD" else message["body"]
    cycle.waiting_for_100_continue = False
    cycle.response_started = cycle.response_complete = True
    cycle.transport.write(b"%b%b\r\n%b%b%b" % (STATUS_LINE[message["status"]], b"\r\n".join(lines), fixed, end, body))
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
