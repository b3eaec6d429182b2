"""Write the public names, as the front door has them now, into the file that a test compares them with."""

from pathlib import Path

import xinfang_flow

PINNED = Path(__file__).resolve().parents[1] / "tests" / "architecture" / "public_names.txt"


def main() -> None:
    """Pin the names, one a line, sorted."""
    names = sorted(getattr(xinfang_flow, "__all__", ()))
    PINNED.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    print(f"pinned {len(names)} public names")


if __name__ == "__main__":
    main()
