"""The parts that nearly every operation on a payment method needs, as one value."""

from dataclasses import dataclass

from billing_api.core import Core
from billing_api.gateway.port import Gateway
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.reading import MethodReader
from billing_api.payment_methods.recording import MethodRecorder
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.uses import MethodUsers


@dataclass(frozen=True, slots=True)
class MethodTools:
    """The core, the methods' SQL and users, the gateway, and the ways to look up, record and show a method."""

    core: Core
    methods: PaymentMethodRepository
    gateway: Gateway
    lookups: Lookups
    recorder: MethodRecorder
    reader: MethodReader
    users: MethodUsers
