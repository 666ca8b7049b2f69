"""The published JSON Schemas, made from the models that the code uses.

Run ``python -m lanectl.app.schemas docs/schemas`` after a model has changed; a test says when that was forgotten.
"""

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from lanectl.gate.permit import Permit
from lanectl.model.case import GateCase, GateDecision
from lanectl.model.record import Checkpoint, Record, SignatureFile
from lanectl.model.vehicle import Vehicle
from lanectl.uplink.messages import MESSAGES

BASE = "urn:lanectl:schema:"

FILES: dict[str, type[BaseModel]] = {
    "record": Record,
    "signature": SignatureFile,
    "checkpoint": Checkpoint,
    "vehicle": Vehicle,
    "gate-case": GateCase,
    "gate-decision": GateDecision,
    "permit": Permit,
}


def published() -> dict[str, str]:
    """Return the text of every schema file by its name."""
    messages = {name.removeprefix("lanectl/").replace("/", "-"): model for name, model in MESSAGES.items()}
    return {f"{name}.json": _text(name, model) for name, model in {**messages, **FILES}.items()}


def write(folder: Path) -> None:
    """Write every schema file into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in published().items():
        (folder / name).write_text(text, encoding="utf-8")


def _text(name: str, model: type[BaseModel]) -> str:
    schema = model.model_json_schema(by_alias=True, mode="validation")
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"{BASE}{name}", **schema}
    return json.dumps(whole, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1]))
