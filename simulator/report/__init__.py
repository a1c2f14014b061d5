"""Reports: a verdict as files. One format a file; dropping a file into this folder is all it takes to add one.

A module of this package that holds a `FORMAT` is a format. The registry refuses two formats of one name and,
for an unknown name, lists the known ones.
"""

from simulator.report.contract import Format
from simulator.report.files import write_reports, write_summary
from simulator.report.registry import format_named, formats
from simulator.report.text import ending, table

__all__ = ["Format", "ending", "format_named", "formats", "table", "write_reports", "write_summary"]
