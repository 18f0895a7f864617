"""Train two versions of a digit classifier and check them against the service file.

Writes examples/digits/models/<version>/model.joblib, a baseline of the training
data, and request.json for a first prediction. Version 1 saw 100 images,
version 2 all of the training split. Both are nearest-neighbour models: they
keep their training data, whole numbers, so the same packages write the same
bytes on every processor and the checksums in stacks/services/digits.yaml hold.

    python examples/digits/train.py             train, compare checksums
    python examples/digits/train.py --record    write new checksums into the service file
"""

# scikit-learn has no types
# pyright: basic

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

from isoserve.runtime.artifacts import tree_sha256

HERE = Path(__file__).resolve().parent
SERVICE = HERE.parents[1] / "stacks" / "services" / "digits.yaml"
SEED = 7
TRAINING_ROWS = {"1": 100, "2": None}


def split() -> tuple[list[list[float]], list[list[float]], list[int], list[int]]:
    """Return x_train, x_test, y_train, y_test: 8 by 8 pixels as 64 numbers from 0 to 16."""
    images, digits = load_digits(return_X_y=True)
    parts = train_test_split(images, digits, test_size=0.25, random_state=SEED, stratify=digits)
    x_train, x_test, y_train, y_test = (np.asarray(part).tolist() for part in parts)
    return x_train, x_test, y_train, y_test


def request_of(rows: list[list[float]]) -> dict[str, object]:
    """Return an Open Inference Protocol V2 request for these rows."""
    values = [value for row in rows for value in row]
    tensor = {"name": "image", "shape": [len(rows), 64], "datatype": "FP64", "data": values}
    return {"inputs": [tensor]}


def baseline_of(rows: list[list[float]]) -> dict[str, object]:
    """Return, per pixel, how many training images have each of its values 0 to 16."""
    counts = [[sum(1 for row in rows if row[pixel] == value) for value in range(17)] for pixel in range(64)]
    return {"rows": len(rows), "features": {f"pixel_{pixel}": counts[pixel] for pixel in range(64)}}


def train(version: str) -> tuple[str, float]:
    """Write one version; return its checksum and its accuracy on the test split, a fraction of 1."""
    x_train, x_test, y_train, y_test = split()
    rows = TRAINING_ROWS[version]
    model = KNeighborsClassifier(n_neighbors=1, algorithm="brute").fit(x_train[:rows], y_train[:rows])
    folder = HERE / "models" / version
    folder.mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model.joblib")
    baseline = HERE / "models" / f"baseline-{version}.json"
    baseline.write_text(json.dumps(baseline_of(x_train[:rows])) + "\n")
    return tree_sha256(folder), float(model.score(x_test, y_test))


def recorded(version: str) -> str:
    """Return the checksum that the service file states for a version."""
    found = re.search(rf'"{version}":.*?sha256: ([0-9a-f]{{64}})', SERVICE.read_text(), re.DOTALL)
    if found is None:
        sys.exit(f"{SERVICE}: version {version} states no sha256")
    return found[1]


def main() -> None:
    """Train both versions; exit 1 when a checksum is not the recorded one."""
    parser = argparse.ArgumentParser(description="train the example model")
    parser.add_argument("--record", action="store_true", help="write new checksums into the service file")
    record = parser.parse_args().record
    _, x_test, _, y_test = split()
    differ: list[str] = []
    for version in TRAINING_ROWS:
        sha256, accuracy = train(version)
        print(f"version {version}: accuracy {accuracy:.4f} on {len(x_test)} images, sha256 {sha256}")
        if record:
            SERVICE.write_text(SERVICE.read_text().replace(recorded(version), sha256))
        elif sha256 != recorded(version):
            differ.append(version)
    (HERE / "models" / "request.json").write_text(json.dumps(request_of(x_test[:1])) + "\n")
    print(f"examples/digits/models/request.json shows a {y_test[0]}")
    if differ:
        sys.exit(
            f"error: other bytes than {SERVICE.name} states for version {', '.join(differ)}\n"
            "  fix: other package versions write other bytes; take them over with\n"
            "       python examples/digits/train.py --record"
        )


if __name__ == "__main__":
    main()
