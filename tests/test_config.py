"""Settings: what is refused, in one line for each, and what is understood."""

import pytest
import typer

from billing_api.cli.settings import load_settings
from billing_api.config import Settings

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
}


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Refusals":
    """A function that starts with settings and answers the lines that were printed about them."""
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
    """What development forgives."""

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
            ("METRICS_TOKEN", "canary", "at least 20 characters"),
            ("LOG_LEVEL", "DEBUG", "refuses DEBUG"),
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

    def test_the_sandbox_of_this_repository(self, refusals: Refusals) -> None:
        """It moves no money."""
        local = {"GATEWAY_ENVIRONMENT": "local", "GATEWAY_PRIVATE_KEY": "integration_private_key"}
        [line] = refusals(PRODUCTION | local)
        assert line.startswith("billing-api: GATEWAY_ENVIRONMENT: ")

    def test_says_everything_at_once(self, refusals: Refusals) -> None:
        """A first deployment is not told one thing a start."""
        lines = refusals({"ENVIRONMENT": "production", "GATEWAY_ENVIRONMENT": "production"})
        named = {line.removeprefix("billing-api: ").partition(":")[0] for line in lines}
        assert len(lines) == len(named) == 8
        assert named == PRODUCTION.keys() - {"ENVIRONMENT", "GATEWAY_ENVIRONMENT", "CORS_ORIGINS"}

    def test_published_identifiers_are_refused_wherever_the_gateway_is_real(self, refusals: Refusals) -> None:
        """Also in a trial with Braintree's sandbox."""
        trial = {name: value for name, value in PRODUCTION.items() if name.startswith("GATEWAY_")}
        trial |= {"GATEWAY_ENVIRONMENT": "sandbox", "GATEWAY_MERCHANT_ID": "integration_merchant_id"}
        [line] = refusals(trial)
        assert line.startswith("billing-api: GATEWAY_MERCHANT_ID: ")
