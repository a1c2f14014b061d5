"""ERPGo's ten recording rules and one of ours. A window in a name is the window in the expression; sums come before divisions.

The rules of a group are evaluated in their order, so that a later one may read what an earlier one has just recorded: a
rate over five minutes of every route's counters is the dearest thing that Prometheus does here.
"""

from simulator.erpgo.stack.prometheus.model import RecordingRule, RuleGroup


def _hit_rate(window: str) -> str:
    return (
        f'sum by (job) (rate(erpgo_cache_operations_total{{operation="get",result="hit"}}[{window}]))'
        f' / sum by (job) (rate(erpgo_cache_operations_total{{operation="get"}}[{window}]))'
    )


RECORDING = RuleGroup(
    "erpgo-recording",
    (
        RecordingRule("job:http_requests:rate5m", "sum by (job) (rate(erpgo_http_requests_total[5m]))"),
        RecordingRule(
            # A service without failures exports no 5xx series: its error rate is 0, not unknown.
            "job:http_requests_errors:rate5m",
            'sum by (job) (rate(erpgo_http_requests_total{status_code=~"5.."}[5m]))'
            " or 0 * job:http_requests:rate5m",
        ),
        RecordingRule(
            "job:http_request_duration_seconds:mean5m",
            "sum by (job) (rate(erpgo_http_request_duration_seconds_sum[5m]))"
            " / sum by (job) (rate(erpgo_http_request_duration_seconds_count[5m]))",
        ),
        RecordingRule(
            "job:db_connections_pool_usage",
            'sum by (job, database) (erpgo_database_connections{state="active"})'
            ' / sum by (job, database) (erpgo_database_connections{state="max"})',
        ),
        # No window is in its name: it has that of the alerts.
        RecordingRule("job:cache_hit_rate", _hit_rate("15s"), in_production=_hit_rate("5m")),
        RecordingRule(
            "business:orders_per_minute", "sum by (job) (rate(erpgo_orders_created_total[1m])) * 60"
        ),
        RecordingRule(
            # The present pace per hour, not the last hour's sum: it is right five minutes after a start.
            "business:revenue_per_hour",
            "sum by (job, currency) (rate(erpgo_revenue_total[5m])) * 3600",
        ),
        RecordingRule(
            "business:user_registrations_per_hour",
            "sum by (job) (rate(erpgo_user_registrations_total[5m])) * 3600",
        ),
        RecordingRule(
            # What the stack offers: the container's working set, else what PostgreSQL may use for what it does now.
            "job:database_memory_bytes",
            # None for a database that does not answer: cAdvisor shows a killed container's last for a while.
            '(sum(container_memory_working_set_bytes{container_label_com_docker_compose_service="postgres"})'
            " or sum(pg_settings_shared_buffers_bytes)"
            " + sum(pg_settings_work_mem_bytes) * sum(pg_stat_activity_count)) and on () max(pg_up) == 1",
        ),
        RecordingRule(
            "system:memory_usage_percent",
            '100 * sum by (job) (erpgo_system_memory_bytes{type="alloc"})'
            ' / sum by (job) (erpgo_system_memory_bytes{type="sys"})',
        ),
        RecordingRule(
            "system:error_rate_percent",
            "100 * job:http_requests_errors:rate5m / job:http_requests:rate5m",
        ),
    ),
)
