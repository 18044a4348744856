"""The text at the terminal once everything runs."""

import json
import shlex

from billing_api.dev.demo.users import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_EMAIL, DEMO_PASSWORD
from billing_api.dev.settings import LocalSettings

_PICK_FROM_JSON = """python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'"""


def banner(settings: LocalSettings, embedded_database: str | None) -> str:
    """Return the address of the docs, the demo user, the demo client, and lines to paste into a shell.

    Of databases only our own is shown: another one's address may hold a password.
    """
    base = f"http://{settings.local_address}"
    login = json.dumps({"email": DEMO_EMAIL, "password": DEMO_PASSWORD})
    database = f"\n  Database     {embedded_database}" if embedded_database else ""
    return f"""
The billing portal's backend is running.

  Docs         {base}/docs
  Demo user    {DEMO_EMAIL}   {DEMO_PASSWORD}
  Demo client  {DEMO_CLIENT_ID}   {DEMO_CLIENT_SECRET}   (the back office: docs/partners.md)
  Braintree    http://127.0.0.1:{settings.sandbox_port} (the local sandbox)
  Mails        http://127.0.0.1:{settings.mail_port} (each mail that is sent; none leaves this machine){database}
  Worker       does the background work; its lines begin with "worker |"
  Portals      may call it from every http://localhost and http://127.0.0.1, on any port

Sign in, then read the balance:

  TOKEN=$(curl -sS {base}/v1/sessions -H 'Content-Type: application/json' -d '{login}' | {_PICK_FROM_JSON})
  curl -sS {base}/v1/overview -H "Authorization: Bearer $TOKEN"

Open your portal in a browser in which Braintree's script reaches the sandbox, so that it can store cards:

  {chromium(settings)}

Ctrl-C stops everything.
"""


def chromium(settings: LocalSettings) -> str:
    """Return the line that starts a Chromium for which Braintree's hosts are the sandbox.

    It keeps a profile of its own: it believes every certificate, since the sandbox's is signed by itself.
    """
    here = f"127.0.0.1:{settings.sandbox_tls_port}"
    names = ("*.braintreegateway.com", "*.braintree-api.com", "c.paypal.com")
    hosts = ", ".join([*(f"MAP {name}:443 {here}" for name in names), "MAP *.paypal.com ~NOTFOUND"])
    profile = settings.local_data.resolve() / "chromium"
    options = [f"--host-resolver-rules={hosts}", "--ignore-certificate-errors", f"--user-data-dir={profile}"]
    return shlex.join(["chromium", *options])
