"""A county's register: rows of a CSV file or a sheet become cases, described by a mapping, each row at most once."""

from xinfang_flow.integrations.register.faults import DOUBTS, REASONS, Doubt, Fault, Reject
from xinfang_flow.integrations.register.importer import Report, import_register
from xinfang_flow.integrations.register.mapping import Mapping, load_mapping
from xinfang_flow.integrations.register.register import Register, open_register
from xinfang_flow.integrations.register.rejects import RejectsFile

__all__ = [
    "DOUBTS", "REASONS", "Doubt", "Fault", "Mapping", "Register", "Reject", "RejectsFile", "Report", "import_register",
    "load_mapping", "open_register",
]  # fmt: skip
