"""A county's register: rows of a CSV file or a sheet become cases, described by a mapping, each row at most once."""

from xinfang_flow.integrations.register.importer import Report, import_register
from xinfang_flow.integrations.register.mapping import Mapping, load_mapping
from xinfang_flow.integrations.register.rejects import REASONS, Reject

__all__ = ["REASONS", "Mapping", "Reject", "Report", "import_register", "load_mapping"]
