"""The records inside a case: each has one owner here, who alone knows its keys."""
