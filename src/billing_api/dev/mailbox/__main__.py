"""`python -m billing_api.dev.mailbox SMTP_PORT PORT`, which `make run` starts."""

import sys

import uvicorn

from billing_api.dev.mailbox.pages import create_app
from billing_api.dev.mailbox.store import Mailbox

smtp_port, port = map(int, sys.argv[1:])
uvicorn.run(create_app(Mailbox(), smtp_port), host="127.0.0.1", port=port, log_level="warning")
