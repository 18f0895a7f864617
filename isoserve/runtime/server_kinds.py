"""What each kind of model server needs to start: command, environment, files, ports. Starts nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from isoserve.errors import AgentError
from isoserve.runtime.messages import RevisionRequest

MLSERVER_IMPLEMENTATIONS: Mapping[str, str] = {
    "sklearn": "mlserver_sklearn.SKLearnModel",
    "xgboost": "mlserver_xgboost.XGBoostModel",
    "lightgbm": "mlserver_lightgbm.LightGBMModel",
    "catboost": "mlserver_catboost.CatboostModel",
    "mlflow": "mlserver_mlflow.MLflowRuntime",
    "huggingface": "mlserver_huggingface.HuggingFaceRuntime",
}
"""Format of the model → MLServer's class for it (docs.seldon.ai, MLServer 1.7)."""
_MLSERVER_MODEL_SETTINGS = ("max_batch_size", "max_batch_time", "warm_workers", "cache_enabled")
_MLSERVER_OWNED = ("host", "http_port", "grpc_port", "metrics_port", "model_repository_root", "server_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """How one replica is started."""

    command: Sequence[str]
    ready_path: str
    live_path: str
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Name within the replica's folder → content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerKind:
    """One kind: which ports it listens on, and how it is started on them."""

    ports: Sequence[str]
    plan: Callable[[RevisionRequest, Mapping[str, int]], LaunchPlan]
    scraped: str | None = None
    """Which of its ports answers `GET /metrics`."""


def kind_of(request: RevisionRequest) -> ServerKind:
    """The kind a revision asks for. Raises AgentError."""
    if (kind := KINDS.get(request.server.kind)) is None:
        what = f"no server kind named {request.server.kind!r} on target local"
        raise AgentError(what, at="server.kind", fix=f"use one of {sorted(KINDS)}")
    return kind


def check(request: RevisionRequest) -> None:
    """Refuse at once what could never start. Raises AgentError."""
    kind = kind_of(request)
    kind.plan(request, dict.fromkeys(kind.ports, 1))
    read_secrets(request)
    if request.artifact and not Path(request.artifact).exists():
        raise AgentError(f"no such artifact: {request.artifact}", at="artifact", fix="state an existing path")


def read_secrets(request: RevisionRequest) -> Mapping[str, str]:
    """Variable → value of each secret, read now. Raises AgentError."""
    values: dict[str, str] = {}
    for name, reference in request.server.secrets.items():
        at = f"server.secrets.{name}"
        scheme, _, path = reference.partition(":")
        if scheme != "file" or not path:
            raise AgentError(
                f"{reference!r} is no secret that target local can read", at=at, fix="use file:PATH"
            )
        try:
            values[name] = Path(path.removeprefix("//")).read_text("utf-8").rstrip("\n")
        except (OSError, ValueError) as exc:
            raise AgentError(f"the secret cannot be read: {exc}", at=at, fix="mend the file") from exc
    return values


def clean_env() -> dict[str, str]:
    """What every replica gets: nothing of the caller but where programs and the home folder are."""
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    home = os.environ.get("HOME") or str(Path("~").expanduser())
    return {"PATH": programs, "HOME": home, "LANG": os.environ.get("LANG", "C.UTF-8")}


def _mlserver(request: RevisionRequest, ports: Mapping[str, int]) -> LaunchPlan:
    implementation = MLSERVER_IMPLEMENTATIONS.get(request.model_format)
    if implementation is None:
        what = f"mlserver has no runtime for format {request.model_format!r}"
        raise AgentError(what, at="model_format", fix=f"use one of {sorted(MLSERVER_IMPLEMENTATIONS)}")
    settings, model = _mlserver_args(request.server.args)
    env = {
        "MLSERVER_PARALLEL_WORKERS": "0",
        "MLSERVER_DEBUG": "false",
        **settings,
        "MLSERVER_HOST": "127.0.0.1",
        "MLSERVER_HTTP_PORT": str(ports["http"]),
        "MLSERVER_GRPC_PORT": str(ports["grpc"]),
        "MLSERVER_METRICS_PORT": str(ports["metrics"]),
    }
    parameters = {"uri": request.artifact, "version": request.model_version}
    about = {"name": request.model_name, "implementation": implementation, **model, "parameters": parameters}
    ready = f"/v2/models/{request.model_name}/ready"
    return LaunchPlan(
        # the console script would do, but it may lie elsewhere than this interpreter
        command=[sys.executable, "-c", "from mlserver.cli import main; main()", "start", "."],
        ready_path=request.server.ready_path or ready,
        live_path=request.server.live_path or "/v2/health/live",
        env=env,
        # in a folder of the model's name, or MLServer warns
        files={f"{request.model_name}/model-settings.json": json.dumps(about, indent=1)},
    )


def _mlserver_args(args: Mapping[str, object]) -> tuple[Mapping[str, str], Mapping[str, object]]:
    """Split `args` into MLServer's own settings (as variables) and those of the model."""
    if owned := sorted(set(args) & set(_MLSERVER_OWNED)):
        raise AgentError(f"{owned[0]} is set by the agent", at=f"server.args.{owned[0]}", fix="leave it out")
    model = {name: value for name, value in args.items() if name in _MLSERVER_MODEL_SETTINGS}
    settings = {f"MLSERVER_{name.upper()}": _text(value) for name, value in args.items() if name not in model}
    return settings, model


def _custom(request: RevisionRequest, ports: Mapping[str, int]) -> LaunchPlan:
    if not request.server.command:
        raise AgentError("a custom server needs its command", at="server.command", fix="state the command")
    filled = {"{port}": str(ports["http"]), "{artifact}": request.artifact}
    flags: list[str] = []
    for name, value in request.server.args.items():
        flags += [] if value is False else [f"--{name}"] if value is True else [f"--{name}", _text(value)]
    command = [_fill(part, filled) for part in [*request.server.command, *flags]]
    ready = request.server.ready_path or "/v2/health/ready"
    live = request.server.live_path or ready
    return LaunchPlan(command=command, ready_path=ready, live_path=live, env={"PORT": str(ports["http"])})


def _fill(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


KINDS: Mapping[str, ServerKind] = {
    "mlserver": ServerKind(ports=("http", "grpc", "metrics"), plan=_mlserver, scraped="metrics"),
    "custom": ServerKind(ports=("http",), plan=_custom),
}
