"""The SLA report: which alerts keep their promise, by what was proven in a stretch of time. One file a format."""
