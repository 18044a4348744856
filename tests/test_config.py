"""Settings: what is refused, in one line for each, and what is understood."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
import typer

from billing_api.auth.keys import new_keys
from billing_api.cli.settings import load_settings
from billing_api.config import Environment, MigrationSettings, Settings
from braintree_sandbox.merchants import MERCHANTS, Merchant

PRODUCTION = {
    "ENVIRONMENT": "production",
    "PUBLIC_URL": "https://billing.example.com",
    "CORS_ORIGINS": "https://portal.example.com",
    "TRUSTED_PROXIES": "none",
    "SIGNING_KEYS": "[]",
    "GATEWAY_ENVIRONMENT": "production",
    "GATEWAY_MERCHANT_ID": "vendor",
    "GATEWAY_PUBLIC_KEY": "vendors_public_key",
    "GATEWAY_PRIVATE_KEY": "canary-private-key",
    "GATEWAY_MERCHANT_ACCOUNTS": '{"USD": "vendor_usd"}',
    "GATEWAY_ACH_MERCHANT_ACCOUNT": "vendor_ach",
    "SMTP_HOST": "smtp.vendor.com",
    "SMTP_USER": "vendor",
    "SMTP_PASSWORD": "canary-smtp-password",
    "MAIL_SENDER": "billing@vendor.com",
}


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Refusals":
    """A function that starts with settings and returns the lines that were printed about them."""
    return Refusals(monkeypatch, capsys)


class Refusals:
    """Starts with settings that are wrong."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, variables: dict[str, str]) -> list[str]:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)
        with pytest.raises(typer.Exit) as ended:
            load_settings()
        assert ended.value.exit_code == 2
        return self._capsys.readouterr().err.splitlines()


class TestForms:
    """How an environment variable holds several values."""

    @pytest.mark.parametrize(
        "text", ["https://a.example, http://b.example:8080", '["https://a.example", "http://b.example:8080"]']
    )
    def test_a_list_has_commas_or_is_json(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        """Either form, with white space or without."""
        monkeypatch.setenv("CORS_ORIGINS", text)
        assert Settings().cors_origins == ["https://a.example", "http://b.example:8080"]

    @pytest.mark.parametrize(
        "name", [name for name, field in Settings.model_fields.items() if "list[" in str(field.annotation)]
    )
    def test_every_list_may_be_broken_json(self, refusals: Refusals, name: str) -> None:
        """One line, whatever the setting."""
        [line] = refusals({name.upper(): '["unfinished'})
        assert line.startswith(f"billing-api: {name.upper()}: write the items with commas between them")

    def test_lines_are_a_json_list_and_may_have_commas(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("VENDOR_ADDRESS", '["1 Example Way", "Portland, OR 97201"]')
        assert Settings().vendor_address == ("1 Example Way", "Portland, OR 97201")

    @pytest.mark.parametrize("name", ["VENDOR_ADDRESS", "REMITTANCE_ADDRESS", "BANK_DETAILS"])
    @pytest.mark.parametrize("text", ["1 Example Way, Portland", '["unfinished', "7"])
    def test_lines_and_details_that_are_wrong_are_one_line(self, refusals: Refusals, name: str, text: str) -> None:
        [line] = refusals({name: text})
        assert line.startswith(f"billing-api: {name}: ")

    @pytest.mark.parametrize("text", ['{"USD": ', "USD=vendor", '{"usd": "vendor"}', '{"USD": ""}', '{"USD": 1}', "[]"])
    def test_a_dictionary_that_is_wrong_is_one_line(self, refusals: Refusals, text: str) -> None:
        """It names the setting, and not its value."""
        [line] = refusals({"GATEWAY_MERCHANT_ACCOUNTS": text})
        assert line.startswith("billing-api: GATEWAY_MERCHANT_ACCOUNTS: ")
        assert "vendor" not in line

    def test_an_empty_list_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As a deployment's template leaves it."""
        monkeypatch.setenv("CORS_ORIGINS", "")
        monkeypatch.setenv("TRUSTED_PROXIES", " ")
        settings = Settings()
        assert (settings.cors_origins, settings.believed_proxies) == ([], [])

    @pytest.mark.parametrize(
        ("environment", "log_format", "is_json"),
        [
            ("production", "", True),
            ("production", "readable", False),
            ("development", "", False),
            ("development", "json", True),
        ],
    )
    def test_log_format(self, environment: str, log_format: str, *, is_json: bool) -> None:
        """The environment chooses where nothing else does."""
        settings = Settings.model_construct(environment=Environment(environment), log_format=log_format)
        assert settings.logs_json is is_json

    @pytest.mark.parametrize(
        ("text", "believed"),
        [("none", []), ("127.0.0.1,10.0.0.0/8, fd00::/8", ["127.0.0.1", "10.0.0.0/8", "fd00::/8"]), ("*", ["*"])],
    )
    def test_proxies(self, monkeypatch: pytest.MonkeyPatch, text: str, believed: list[str]) -> None:
        """Addresses, networks, or that there is none; all the world in development alone."""
        monkeypatch.setenv("TRUSTED_PROXIES", text)
        assert Settings().believed_proxies == believed

    @pytest.mark.parametrize("text", ["proxy.example.com", "10.0.0.1/8", "none,10.0.0.1", "127.0.0.1:80"])
    def test_proxies_that_uvicorn_would_not_know(self, refusals: Refusals, text: str) -> None:
        """They would be compared as texts, and fit nobody."""
        [line] = refusals({"TRUSTED_PROXIES": text})
        assert line.startswith("billing-api: TRUSTED_PROXIES: ")


class TestRenamed:
    """A setting whose name has changed: under the old one it would be its default, without a word."""

    @pytest.mark.parametrize(
        "what", ["password_changes", "client_tokens", "quotes", "searches", "download_links", "exports"]
    )
    def test_the_name_of_the_release_before_is_read(self, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
        monkeypatch.setenv(f"{what}_per_person".upper(), "7 per hour")
        assert getattr(Settings(), f"{what}_per_user") == "7 per hour"

    def test_of_both_the_new_one_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """So that one file of settings serves both releases."""
        monkeypatch.setenv("QUOTES_PER_PERSON", "7 per hour")
        monkeypatch.setenv("QUOTES_PER_USER", "8 per hour")
        assert Settings().quotes_per_user == "8 per hour"

    def test_a_wrong_value_is_refused(self, refusals: Refusals) -> None:
        [line] = refusals({"QUOTES_PER_PERSON": "often"})
        assert line.startswith("billing-api: QUOTES_PER_USER: ")


class TestOrigins:
    """One that no browser sends would let no portal in, without a word."""

    @pytest.mark.parametrize(
        ("origin", "sent"),
        [
            ("https://Portal.example.com", "https://portal.example.com"),
            ("HTTPS://portal.example.com", "https://portal.example.com"),
            ("https://portal.example.com:443", "https://portal.example.com"),
            ("http://portal.example.com:80", "http://portal.example.com"),
            ("https://portal.example.com/", "https://portal.example.com"),
            ("https://portal.example.com/app?x#y", "https://portal.example.com"),
            ("https://canary:secret@portal.example.com", "https://portal.example.com"),
            ("https://[FD00::1]:8443/", "https://[fd00::1]:8443"),
        ],
    )
    def test_almost_right(self, refusals: Refusals, origin: str, sent: str) -> None:
        """The refusal has it as browsers send it."""
        assert refusals({"CORS_ORIGINS": f"https://other.example,{origin}"}) == [
            f"billing-api: CORS_ORIGINS, item 2: no browser sends it so: write {sent}"
        ]

    @pytest.mark.parametrize(
        "origin",
        [
            *("*", "null", "portal.example.com", "ftp://x.example", "https://", "https://*.example.com"),
            *("https://bücher.example", "https://a b.example", "https://[zz]"),
            *("https://x.example:0", "https://x.example:99999"),
        ],
    )
    def test_not_an_origin(self, refusals: Refusals, origin: str) -> None:
        """With the form that is meant."""
        [line] = refusals({"CORS_ORIGINS": origin})
        assert line.startswith("billing-api: CORS_ORIGINS, item 1: write scheme and host")


class TestProduction:
    """Settings that only development allows."""

    def test_all_that_it_needs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The settings that the other tests spoil one by one."""
        for name, value in PRODUCTION.items():
            monkeypatch.setenv(name, value)
        assert Settings().is_production

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("TRUSTED_PROXIES", "", "or `none`"),
            ("TRUSTED_PROXIES", "*", "every client's X-Forwarded-For"),
            ("TRUSTED_PROXIES", "0.0.0.0/0", "every client's X-Forwarded-For"),
            ("TRUSTED_PROXIES", "10.0.0.1,::/0", "every client's X-Forwarded-For"),
            ("TRUSTED_PROXIES", "0.0.0.0/1,128.0.0.0/1", "every client's X-Forwarded-For"),
            ("TRUSTED_PROXIES", "10.0.0.0/7", "every client's X-Forwarded-For"),
            ("TRUSTED_PROXIES", "2000::/3", "every client's X-Forwarded-For"),
            ("TRUSTED_PROXIES", "::ffff:0:0/96", "every client's X-Forwarded-For"),
            ("METRICS_TOKEN", "canary", "at least 20 characters"),
            ("METRICS_TOKEN", " " * 30, "without white space"),
            ("METRICS_TOKEN", "canary " * 5, "without white space"),
            ("PORTAL_URL", "http://canary.example.com", "needs https"),
            ("VENDOR_LOGO_URL", "http://canary.example.com/logo.svg", "needs https"),
            ("VENDOR_LOGO_URL", "javascript:canary()", "write scheme and host"),
            ("VENDOR_LOGO_URL", "https://canary@logo.example", "without credentials"),
            ("CLIENT_TIMEOUT_SECONDS", "inf", "finite number"),
            ("CLIENT_TIMEOUT_SECONDS", "nan", "finite number"),
            ("CLIENT_TIMEOUT_SECONDS", "1e9", "less than or equal to 3600"),
            ("DATABASE_TIMEOUT_SECONDS", "inf", "finite number"),
            ("SHUTDOWN_NOTICE_SECONDS", "inf", "finite number"),
            ("GATEWAY_TIMEOUT_SECONDS", "nan", "finite number"),
            ("BOOKS_TIME_ZONE", "canary", "such as America/New_York"),
            ("BOOKS_TIME_ZONE", "../../etc/canary", "such as America/New_York"),
            ("BOOKS_CLOSED_THROUGH", "canary", "YYYY-MM-DD"),
            ("SMTP_HOST", "canary@smtp.vendor.com", "name or the address of a host"),
            ("SMTP_HOST", "", "name or the address of a host"),
            ("SMTP_PASSWORD", "", "SMTP_USER is set"),
            ("SMTP_USER", "", "SMTP_PASSWORD is set"),
            ("SMTP_TIMEOUT_SECONDS", "inf", "finite number"),
            ("SMTP_CA_FILE", "/no/canary.pem", "a file of certificates"),
            ("MAIL_SENDER", "", "production needs the address"),
            ("MAIL_SENDER", "billing@example.com", "an example's domain"),
            ("MAIL_SENDER", "billing@mail.example.com", "an example's domain"),
            ("MAIL_SENDER", "Canary <billing@vendor.com>", "without a name"),
            ("MAIL_REPLY_TO", "canary", "without a name"),
            ("VENDOR_SUPPORT_EMAIL", "canary", "without a name"),
            ("VENDOR_SUPPORT_EMAIL", "", "without a name"),
            ("GATEWAY_MERCHANT_ID", "", "empty"),
            ("GATEWAY_PUBLIC_KEY", " ", "empty"),
            ("GATEWAY_PRIVATE_KEY", "", "empty"),
            ("GATEWAY_MERCHANT_ACCOUNTS", "{}", "empty"),
            ("GATEWAY_MERCHANT_ACCOUNTS", '{"USD": " "}', "empty"),
            (
                "GATEWAY_MERCHANT_ACCOUNTS",
                '{"USD": "sandbox_credit_card_non_default"}',
                "which Braintree does not know",
            ),
            ("LOG_LEVEL", "DEBUG", "refuses DEBUG"),
            ("DOCS_LOGIN", "pat@example.com:canary", "must show no password"),
            ("DOCS_LOGIN", "canary", "a colon and the password"),
            ("CORS_ORIGINS", "https://a.example,http://b.example", "http://b.example"),
            ("PUBLIC_URL", "", "must be https"),
            ("PUBLIC_URL", "http://billing.example.com", "must be https"),
            ("PUBLIC_URL", "https://", "write scheme and host"),
            ("PUBLIC_URL", "https://canary@billing.example.com", "without credentials"),
            ("SIGNING_KEYS", "", "`billing-api keys` makes them"),
            ("GATEWAY_MERCHANT_ID", "integration_merchant_id", "which Braintree does not know"),
            ("GATEWAY_PUBLIC_KEY", "integration_public_key", "which Braintree does not know"),
            ("GATEWAY_PRIVATE_KEY", "integration_private_key", "which Braintree does not know"),
            ("GATEWAY_MERCHANT_ACCOUNTS", '{"USD": "sandbox_credit_card"}', "which Braintree does not know"),
            ("GATEWAY_ACH_MERCHANT_ACCOUNT", "us_bank_merchant_account", "which Braintree does not know"),
        ],
    )
    def test_refuses(self, refusals: Refusals, name: str, value: str, words: str) -> None:
        """One line: the setting and the reason, and no secret."""
        [line] = refusals(PRODUCTION | {name: value})
        assert line.startswith(f"billing-api: {name}: ")
        assert words in line
        assert "canary" not in line

    @pytest.mark.parametrize("merchant", MERCHANTS.values(), ids=lambda merchant: merchant.id)
    def test_every_merchant_of_the_sandbox(self, refusals: Refusals, merchant: Merchant) -> None:
        """Its identifiers are in the libraries' own tests."""
        published = {
            "GATEWAY_MERCHANT_ID": merchant.id,
            "GATEWAY_PUBLIC_KEY": merchant.public_key,
            "GATEWAY_PRIVATE_KEY": merchant.private_key,
        }
        lines = refusals(PRODUCTION | published)
        assert [line.partition(": unset, or")[0] for line in lines] == [f"billing-api: {name}" for name in published]

    @pytest.mark.parametrize("proxies", ["10.0.0.0/8", "fc00::/7", "fd12::/16", "2001:db8::/32", "::ffff:10.0.0.0/104"])
    def test_networks_of_ones_own(self, monkeypatch: pytest.MonkeyPatch, proxies: str) -> None:
        """However large they are."""
        for name, value in (PRODUCTION | {"TRUSTED_PROXIES": proxies}).items():
            monkeypatch.setenv(name, value)
        assert Settings().believed_proxies == [proxies]

    def test_a_sender_whose_domain_ends_like_an_examples(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in (PRODUCTION | {"MAIL_SENDER": "billing@myexample.com"}).items():
            monkeypatch.setenv(name, value)
        assert Settings().mail_sender == "billing@myexample.com"

    def test_the_sandbox_of_this_repository(self, refusals: Refusals) -> None:
        """It moves no money."""
        local = {"GATEWAY_ENVIRONMENT": "local", "GATEWAY_PRIVATE_KEY": "integration_private_key"}
        [line] = refusals(PRODUCTION | local)
        assert line.startswith("billing-api: GATEWAY_ENVIRONMENT: ")

    def test_mail_in_the_clear_goes_to_this_machine_alone(
        self, refusals: Refusals, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A relay of the machine's own needs no encryption; over a network the password would be read."""
        assert [line.split(": ")[1] for line in refusals(PRODUCTION | {"SMTP_SECURITY": "none"})] == [
            "SMTP_SECURITY"
        ] * 2
        for host in ("localhost", "127.0.0.1", "::1", "[::1]"):
            monkeypatch.setenv("SMTP_HOST", host)
            assert Settings().smtp_host == host

    def test_says_everything_at_once(self, refusals: Refusals) -> None:
        """A first deployment gets all errors at its first start."""
        lines = refusals({"ENVIRONMENT": "production", "GATEWAY_ENVIRONMENT": "production"})
        named = {line.removeprefix("billing-api: ").partition(":")[0] for line in lines}
        assert len(lines) == len(named) == 10
        may_be_absent = {"ENVIRONMENT", "GATEWAY_ENVIRONMENT", "CORS_ORIGINS", "SMTP_USER", "SMTP_PASSWORD"}
        assert named == PRODUCTION.keys() - may_be_absent

    def test_published_identifiers_are_refused_wherever_the_gateway_is_real(self, refusals: Refusals) -> None:
        """Also in a trial with Braintree's sandbox."""
        trial = {name: value for name, value in PRODUCTION.items() if name.startswith("GATEWAY_")}
        trial |= {"GATEWAY_ENVIRONMENT": "sandbox", "GATEWAY_MERCHANT_ID": "integration_merchant_id"}
        [line] = refusals(trial)
        assert line.startswith("billing-api: GATEWAY_MERCHANT_ID: ")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_no_refusal_repeats_a_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Variables get mixed up, and some are secret."""
    monkeypatch.setattr("billing_api.cli.settings.configure", lambda *_: None)
    for setting, value in (PRODUCTION | {"SIGNING_KEYS": new_keys(), name.upper(): "magpie{["}).items():
        monkeypatch.setenv(setting, value)
    with suppress(typer.Exit):
        load_settings()
    printed = capsys.readouterr()
    assert "magpie" not in printed.err
    assert "canary" not in printed.err


def test_each_variable_of_the_deployment_page_is_a_setting() -> None:
    """An unknown one would be ignored without a word."""
    blocks = re.findall(
        r"^cat > \S+\.env <<ENV\n(.*?)^ENV$", Path("docs/deployment.md").read_text(), re.MULTILINE | re.DOTALL
    )
    named = [line.partition("=")[0] for block in blocks for line in block.splitlines()]
    assert len(named) > 15
    settings = {name.upper() for kind in (Settings, MigrationSettings) for name in kind.model_fields}
    assert [name for name in named if name not in settings] == []
