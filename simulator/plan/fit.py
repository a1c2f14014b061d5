"""An experiment as its environment takes it: what its file leaves open is the environment's to say."""

from pydantic import ValidationError

from simulator.base.errors import BadInput
from simulator.base.names import nearest, shown
from simulator.base.values import complaint
from simulator.plan.judged import SLA, Judged
from simulator.plan.models import AlertExpectation, Experiment, Needs


def fitted(experiment: Experiment, judged: Judged, *, sends_traffic: bool) -> Experiment:
    """With the limits of this environment's severities, and the traffic that can be asked for where nobody of us sends any.

    Raises:
        BadInput: it expects a severity that the environment does not know, or what it says fits no limit.
    """
    must = tuple(_fitted(experiment, wanted, judged) for wanted in experiment.must)
    changes: dict[str, object] = {"must": must}
    if "observe" not in experiment.model_fields_set:
        changes["observe"] = max([SLA, *(wanted.within for wanted in must if wanted.expect != "quiet")])
    if "recover_within" not in experiment.model_fields_set:
        changes["recover_within"] = judged.recover_within
    if not sends_traffic and "requests" not in experiment.needs.model_fields_set:
        changes["needs"] = Needs(requests=0.0, counted=experiment.needs.counted, known=experiment.needs.known)
    try:
        # Not copied: what belongs together has to be held against each other again.
        return Experiment.model_validate({**dict(experiment), **changes})
    except ValidationError as error:
        raise BadInput(f"experiment {experiment.name}: {complaint(error)}") from None


def _fitted(experiment: Experiment, wanted: AlertExpectation, judged: Judged) -> AlertExpectation:
    if wanted.severity not in judged.severities:
        raise BadInput(
            f"experiment {experiment.name}: {wanted.alert}: this environment knows no severity"
            f" {shown(wanted.severity)}{nearest(wanted.severity, judged.severities)}"
        )
    changes: dict[str, object] = {}
    if "within" not in wanted.model_fields_set:
        changes["within"] = judged.severities[wanted.severity]
    if wanted.expect == "notified" and wanted.by == "alertmanager":
        changes["expect"] = judged.at
    return wanted.model_copy(update=changes)
