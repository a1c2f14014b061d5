"""The engine: one process that plans, injects, watches, undoes, judges and reports. It never imports Locust."""
