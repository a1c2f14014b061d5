"""Whether a promise can be kept at all: what is wrong with rules, routes and dashboards before anything runs."""
