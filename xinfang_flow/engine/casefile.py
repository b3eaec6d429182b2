"""Signpost: the case file has moved to `xinfang_flow.casefile`; the old way in stays."""

from xinfang_flow.casefile.file import verify_file

__all__ = ["verify_file"]
