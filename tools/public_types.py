"""Ask pyright whether everything a user can reach through the front door has a type of its own.

Rooms below the door may lean on inference; what a public name shows may not, since each type checker infers
in its own way. Ends with 1 and the places if something is left to guess.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PACKAGE = "xinfang_flow"
BIN = Path(sys.executable).parent
Symbol = dict[str, Any]


def symbols() -> list[Symbol]:
    """What pyright sees of the package; it takes the package from the first python on the PATH."""
    command = [str(BIN / "basedpyright"), "--ignoreexternal", "--outputjson", "--verifytypes", PACKAGE]
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    answer = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if answer.returncode not in {0, 1}:
        sys.exit(answer.stderr or answer.stdout)
    report = json.loads(answer.stdout)
    if not report["typeCompleteness"].get("pyTypedPath"):
        sys.exit(f"{PACKAGE}/py.typed is missing: without it nobody sees our types")
    found: list[Symbol] = report["typeCompleteness"]["symbols"]
    return found


def names(symbol: Symbol) -> set[str]:
    """Every name that the symbol goes by."""
    return {symbol["name"], *symbol.get("alternateNames", ())}


def at_the_door(symbol: Symbol) -> bool:
    """Whether one of its names is a name of the front door itself."""
    return any(name.rpartition(".")[0] == PACKAGE for name in names(symbol))


def main() -> int:
    """Print what is left to guess."""
    found = symbols()
    doors = [symbol for symbol in found if at_the_door(symbol)]
    exactly = {name for symbol in doors for name in names(symbol)}
    # A function may share its name with the module that it lives in; only a class has public parts.
    parents = tuple(f"{name}." for symbol in doors if symbol["category"] == "class" for name in names(symbol))
    public = [symbol for symbol in found if symbol["name"] in exactly or symbol["name"].startswith(parents)]
    unclear = [symbol for symbol in public if not symbol["isTypeKnown"]]
    for symbol in unclear:
        for diagnostic in symbol["diagnostics"]:
            print(f"{symbol['name']}: {' '.join(diagnostic['message'].split())}")
    print(f"{len(public)} public symbols, {len(unclear)} without a type of their own")
    return 1 if unclear else 0


if __name__ == "__main__":
    sys.exit(main())
