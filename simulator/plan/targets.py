"""Which services faults mean that name none."""

from collections.abc import Iterator, Mapping, Sequence

from simulator.faults import FaultSettings, SoleService, fault_named, faults
from simulator.plan.models import Experiment

Offers = Mapping[str, tuple[str, ...]]
"""What each service offers to faults; under the empty name what the environment does as a whole."""


def able(needs: str, offers: Offers) -> Sequence[str]:
    """The services that offer it, by name."""
    return sorted(service for service, offered in offers.items() if service and needs in offered)


def possible(offers: Offers) -> Sequence[str]:
    """The faults that something there can suffer, by name."""
    offered = {one for service in offers.values() for one in service}
    return sorted(name for name, fault in faults().items() if fault.needs in offered)


def unfit(experiment: Experiment, offers: Offers) -> Iterator[FaultSettings]:
    """The faults of an experiment that nothing there can suffer, or not what they name."""
    for fault in named(experiment, offers).faults:
        if fault_named(fault.fault).needs not in offers.get(fault.touches, ()):
            yield fault


def named(experiment: Experiment, offers: Offers) -> Experiment:
    """The same with the name of each service that only one can be; where several can, none is chosen."""
    faults = tuple(_named(fault, offers) for fault in experiment.faults)
    return experiment.model_copy(update={"faults": faults})


def _named(fault: FaultSettings, offers: Offers) -> FaultSettings:
    if not isinstance(fault, SoleService) or fault.service:
        return fault
    services = able(fault_named(fault.fault).needs, offers)
    return fault.model_copy(update={"service": services[0]}) if len(services) == 1 else fault
