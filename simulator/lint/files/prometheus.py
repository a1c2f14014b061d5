"""Prometheus's configuration, as far as it decides how soon something is seen and whom it is told.

The keys are those of Prometheus 2.37 to 3.x together: which of them a version knows is for that version to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.base.names import shown
from simulator.lint.files.marked import Keys, Node
from simulator.lint.files.reading import Reading
from simulator.lint.problems import Place

SCRAPE_INTERVAL = 60.0
SCRAPE_TIMEOUT = 10.0
EVALUATION_INTERVAL = 60.0
"""Prometheus's own defaults, in seconds (Prometheus documentation, "Configuration")."""

_CLIENT = (
    *(
        "basic_auth",
        "authorization",
        "oauth2",
        "bearer_token",
        "bearer_token_file",
        "tls_config",
        "proxy_url",
    ),
    *("no_proxy", "proxy_from_environment", "proxy_connect_header", "follow_redirects", "enable_http2"),
    "http_headers",
)
_LIMITS = (
    *("body_size_limit", "sample_limit", "target_limit", "label_limit", "label_name_length_limit"),
    *("label_value_length_limit", "keep_dropped_targets"),
)
_SCRAPING = (
    *("scrape_interval", "scrape_timeout", "scrape_protocols", "scrape_failure_log_file"),
    *("metric_name_validation_scheme", "metric_name_escaping_scheme", "always_scrape_classic_histograms"),
    *("convert_classic_histograms_to_nhcb", "scrape_native_histograms", "extra_scrape_metrics", *_LIMITS),
)
_TOP = (
    *("global", "runtime", "alerting", "rule_files", "scrape_configs", "scrape_config_files", "storage"),
    *("tracing", "remote_write", "remote_read", "otlp"),
)
_GLOBAL = ("evaluation_interval", "rule_query_offset", "query_log_file", "external_labels", *_SCRAPING)
_JOB = (
    *("job_name", "honor_labels", "honor_timestamps", "track_timestamps_staleness", "params", "metrics_path"),
    *("scheme", "enable_compression", "fallback_scrape_protocol", "scrape_classic_histograms"),
    *("native_histogram_bucket_limit", "native_histogram_min_bucket_factor", "static_configs"),
    *("relabel_configs", "metric_relabel_configs", "*_sd_configs", *_SCRAPING, *_CLIENT),
)
_MANAGER = (
    *("scheme", "path_prefix", "timeout", "api_version", "relabel_configs", "alert_relabel_configs", "sigv4"),
    *("static_configs", "*_sd_configs", *_CLIENT),
)


@dataclass(frozen=True)
class Job:
    """What one job scrapes, in seconds."""

    name: str
    interval: float
    timeout: float
    place: Place
    keeps_its_name: bool
    """Its series carry the label `job` with this name: nothing in its configuration writes another."""


@dataclass(frozen=True)
class Prometheus:
    """One Prometheus."""

    place: Place
    scrape: float
    """Seconds, of a job that says nothing itself."""
    timeout: float
    evaluation: float
    offset: float
    jobs: tuple[Job, ...]
    rule_files: tuple[str, ...]
    """As they are written: patterns, relative to the file."""
    external_labels: Mapping[str, str]
    managers: int | None
    """How many Alertmanagers are told; None: they are discovered, so that nobody knows beforehand."""
    rewrites_alerts: bool
    """Labels of alerts are changed on their way out."""

    @property
    def usual(self) -> Job:
        """What is taken for a series of which nobody says who scrapes it: the interval that most jobs have."""
        paces = [(job.interval, job.timeout) for job in self.jobs]
        interval, timeout = max(paces, key=paces.count, default=(self.scrape, self.timeout))
        return Job("", interval, timeout, self.place, keeps_its_name=False)


def read_prometheus(file: str, root: Node | None, reading: Reading) -> Prometheus:
    """What a prometheus.yml says; what is wrong with it is kept by the reading."""
    top = reading.keys(root, "the configuration", _TOP)
    everywhere = reading.keys(top.entries.get("global"), "global", _GLOBAL)
    scrape = reading.seconds(everywhere.entries.get("scrape_interval"), "scrape_interval") or SCRAPE_INTERVAL
    timeout = reading.seconds(everywhere.entries.get("scrape_timeout"), "scrape_timeout")
    if timeout is not None and timeout > scrape:
        _timeout_too_long(reading, everywhere, "global")
    evaluation = reading.seconds(everywhere.entries.get("evaluation_interval"), "evaluation_interval")
    offset = reading.seconds(everywhere.entries.get("rule_query_offset"), "rule_query_offset")
    alerting = reading.keys(
        top.entries.get("alerting"), "alerting", ("alert_relabel_configs", "alertmanagers")
    )
    # As Prometheus does: a default that would be longer than the interval is cut to it.
    common = _Common(file, scrape, min(timeout or SCRAPE_TIMEOUT, scrape))
    return Prometheus(
        place=Place(file),
        scrape=scrape,
        timeout=common.timeout,
        evaluation=evaluation or EVALUATION_INTERVAL,
        offset=offset or 0.0,
        jobs=_jobs(top.entries.get("scrape_configs"), common, reading),
        rule_files=reading.texts(top.entries.get("rule_files"), "rule_files"),
        external_labels=reading.mapping(everywhere.entries.get("external_labels"), "external_labels"),
        managers=_managers(alerting.entries.get("alertmanagers"), reading),
        rewrites_alerts=bool(alerting.entries.get("alert_relabel_configs")),
    )


@dataclass(frozen=True)
class _Common:
    file: str
    scrape: float
    timeout: float


def _jobs(node: Node | None, common: _Common, reading: Reading) -> tuple[Job, ...]:
    found: dict[str, Job] = {}
    for entry in reading.items(node, "scrape_configs"):
        keys = reading.keys(entry, "a scrape_config", _JOB)
        name = reading.text(keys.entries.get("job_name"), "job_name")
        line = keys.lines.get("job_name", entry.line)
        if not name:
            reading.refuse(entry.line, "a scrape_config has no job_name", "give it a name of its own")
        elif name in found:
            reading.refuse(
                line,
                f"the job_name {shown(name)} is taken already, in line {found[name].place.line}",
                "give each job a name of its own",
            )
        else:
            found[name] = _job(name, keys, Place(common.file, line), common, reading)
    return tuple(found.values())


def _job(name: str, keys: Keys, place: Place, common: _Common, reading: Reading) -> Job:
    interval = reading.seconds(keys.entries.get("scrape_interval"), "scrape_interval") or common.scrape
    timeout = reading.seconds(keys.entries.get("scrape_timeout"), "scrape_timeout")
    if timeout is not None and timeout > interval:
        _timeout_too_long(reading, keys, f"job {shown(name)}")
    return Job(
        name=name,
        interval=interval,
        timeout=min(timeout or common.timeout, interval),
        place=place,
        keeps_its_name=_keeps_its_name(keys, reading),
    )


def _timeout_too_long(reading: Reading, keys: Keys, whose: str) -> None:
    line = keys.lines["scrape_timeout"]
    reading.refuse(
        line, f"{whose}: scrape_timeout is longer than scrape_interval", "make it as long, or shorter"
    )


def _keeps_its_name(keys: Keys, reading: Reading) -> bool:
    """Whether no rewriting and no label of a target writes the label `job`."""
    written = False
    for kind in ("relabel_configs", "metric_relabel_configs"):
        for entry in reading.items(keys.entries.get(kind), kind):
            parts = reading.keys(entry, "a relabel_config").entries
            action = reading.text(parts.get("action"), "action")
            target = reading.text(parts.get("target_label"), "target_label")
            written = written or target == "job" or action == "labelmap"
    for entry in reading.items(keys.entries.get("static_configs"), "static_configs"):
        parts = reading.keys(entry, "a static_config", ("targets", "labels")).entries
        reading.texts(parts.get("targets"), "targets")
        written = written or "job" in reading.mapping(parts.get("labels"), "labels")
    return not written and reading.text(keys.entries.get("honor_labels"), "honor_labels") != "true"


def _managers(node: Node | None, reading: Reading) -> int | None:
    count = 0
    for entry in reading.items(node, "alertmanagers"):
        keys = reading.keys(entry, "alertmanagers", _MANAGER)
        if any(name.endswith("_sd_configs") for name in keys.entries):
            return None
        for group in reading.items(keys.entries.get("static_configs"), "static_configs"):
            parts = reading.keys(group, "a static_config", ("targets", "labels")).entries
            count += len(reading.items(parts.get("targets"), "targets"))
    return count
