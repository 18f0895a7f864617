"""An example request: the one that lies beside the model, or one made from what its server says of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from isoserve.cli.callee import Callee
from isoserve.cli.endpoints import as_mapping, as_sequence
from isoserve.cli.request import send
from isoserve.errors import ServingError

_ZEROS: Mapping[str, object] = {"BOOL": False, "BYTES": "", "FP16": 0.0, "FP32": 0.0, "FP64": 0.0}
_NAMES = ("request.json", "serving_input_example.json")
"""What an example is called: ours, and MLflow's."""
_MOST_VALUES = 100_000


def beside_model(root: Path, stack: str, callee: Callee) -> bytes | None:
    """Return the request that lies in the live model's folder or beside it; None where there is none.

    A spec with faults has no say here: then too there is none.
    """
    from isoserve.spec import load_serving

    try:
        spec = load_serving(root, stack)
        artifact = spec.artifact_path(callee.model, spec.pins[callee.model])
    except (ServingError, KeyError):
        return None
    if artifact is None:
        return None
    places = [folder / name for folder in (artifact, artifact.parent) for name in _NAMES]
    found = next((place for place in places if place.is_file()), None)
    return None if found is None else found.read_bytes()


def example_request(callee: Callee, *, timeout_s: float) -> Mapping[str, object]:
    """Return a V2 request of zeros in the shapes and types that the model states; one row.

    Raises ServingError where the server states no inputs.
    """
    url = callee.url.rstrip("/") + callee.metadata_route()
    answer = send(url, body=None, key=callee.key, timeout_s=timeout_s)
    stated = as_mapping(answer.decoded()).get("inputs")
    inputs = as_sequence(stated)
    if answer.status != HTTPStatus.OK or not inputs:
        raise ServingError(
            "the model does not say what it takes, so there is no example",
            at=url,
            fix="send a request of your own: --data '{\"inputs\": […]}' or --data @FILE",
        )
    return {"inputs": [_tensor(as_mapping(one)) for one in inputs]}


def _tensor(stated: Mapping[str, object]) -> Mapping[str, object]:
    sizes = as_sequence(stated.get("shape")) or [1]
    shape = [_size(one) for one in sizes]
    datatype = str(stated.get("datatype", "FP32"))
    count = 1
    for size in shape:
        count *= size
    if count > _MOST_VALUES:
        raise ServingError(
            f"an example would hold {count} values", fix="send a request of your own: --data @FILE"
        )
    data = [_ZEROS.get(datatype, 0)] * count
    return {"name": str(stated.get("name", "input-0")), "shape": shape, "datatype": datatype, "data": data}


def _size(stated: object) -> int:
    """A dimension of any size (-1) is one row."""
    try:
        size = int(json.dumps(stated))
    except ValueError:
        return 1
    return size if size > 0 else 1
