"""All that the application needs to know of partners' clients and their tokens."""

from billing_api.auth.authenticator import ClientAuthenticator
from billing_api.auth.failures import Failures
from billing_api.auth.partner_tokens import PartnerTokens
from billing_api.auth.rates import Rates
from billing_api.auth.revocations import Revocations
from billing_api.auth.security_log import SecurityLog
from billing_api.clients.issuing import ClientTools, TokenIssuer
from billing_api.clients.model import client_secrets, clients
from billing_api.clients.repository import ClientRepository
from billing_api.clients.routes import router
from billing_api.clients.service import Clients
from billing_api.core import Core
from billing_api.feature import Feature
from billing_api.parts import Parts


def _tokens(core: Core, parts: Parts) -> TokenIssuer:
    tools = ClientTools(parts[PartnerTokens], parts[Revocations], parts[Failures], parts[Rates], parts[SecurityLog])
    repository = ClientRepository(core.db)
    return TokenIssuer(core, repository, tools, tries_per_network=parts.settings.partner_tries_per_ip)


FEATURE = Feature(
    routes=router,
    description="For the vendor's systems and its partners': tokens for an id and a secret (RFC 6749).",
    tables=[clients, client_secrets],
    parts={
        Clients: lambda core, parts: Clients(core, ClientRepository(core.db), parts[Revocations], parts[SecurityLog]),
        TokenIssuer: _tokens,
        ClientAuthenticator: lambda _, parts: ClientAuthenticator(parts[PartnerTokens], parts[Revocations]),
    },
)
