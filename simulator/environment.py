"""Environments: where a run takes place, what may be touched there, and the doors to it."""

from dataclasses import dataclass
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from simulator.clock import RunClock
from simulator.doors import Doors
from simulator.doors.alertmanager import Alertmanager
from simulator.doors.postgres import Postgres
from simulator.doors.prometheus import Prometheus
from simulator.doors.receiver import Receiver
from simulator.doors.redis import Redis
from simulator.doors.services import Probe, SupervisedServices, http_probe
from simulator.doors.workload import Workload
from simulator.errors import BadInput, StackError
from simulator.names import nearest
from simulator.plan.models import StackFacts
