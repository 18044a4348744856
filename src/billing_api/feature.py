"""A feature, as the application sees it: its routes, its tables, and the parts that it is made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from billing_api.core import Core
from billing_api.events.consuming import ConsumeEvent, Consumer
from billing_api.http.routes import Routes
from billing_api.jobs.callbacks import JobCallback
from billing_api.jobs.periodic import Periodic, PeriodicHandler
from billing_api.jobs.tasks import Handler, Task
from billing_api.mail.letter import Writer
from billing_api.parts import Parts

Make = Callable[[Core, Parts], Any]
MakeHandler = Callable[[Parts], Handler[Any]]
MakeJobCallback = Callable[[Parts], JobCallback[Any]]
MakeWriter = Callable[[Parts], Writer]
MakePeriodic = Callable[[Parts], PeriodicHandler]
MakeConsumer = Callable[[Parts], ConsumeEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """All that the application needs to know of one feature; `features.py` has the list of all."""

    routes: Routes | None = None
    description: str = ""  # of its tag in the API's documentation
    tables: Sequence[Table] = ()
    parts: Mapping[type[Any], Make] = field(default_factory=dict)
    tasks: Mapping[Task[Any], MakeHandler] = field(default_factory=dict)  # jobs, which the worker runs
    on_job_change: Mapping[Task[Any], MakeJobCallback] = field(default_factory=dict)  # when a job is held or retried
    periodic: Mapping[Periodic, MakePeriodic] = field(default_factory=dict)  # work by the clock
    consumers: Mapping[Consumer, MakeConsumer] = field(default_factory=dict)  # work that follows from events
    method_users: Sequence[type[Any]] = ()  # the parts of `parts` whose uses of a payment method end with it
    mails: Mapping[str, MakeWriter] = field(default_factory=dict)  # the writers of its mails, by kind
