"""One module for each subject of the generated documentation."""

# First of all: this imports Locust, which patches the sockets, and libraries imported before would warn.
import simulator.locust.options  # noqa: F401  see above
