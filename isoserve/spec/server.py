"""The model server of an endpoint. How a target runs it is not decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from isoserve.spec.base import Spec, refusal
from isoserve.spec.names import Name
from isoserve.spec.patterns import IMAGE, ROUTE, VARIABLE
from isoserve.spec.secret import SecretReference
from isoserve.spec.units import Count, Scalar, Text

Port = Annotated[Count, Field(ge=1, le=65535)]
Route = Annotated[str, Field(pattern=ROUTE)]
Variable = Annotated[str, Field(pattern=VARIABLE)]


class PortsSpec(Spec):
    """The ports a server listens on, inside its container or process."""

    http: Port = 8080
    """HTTP."""

    grpc: Port | None = None
    """gRPC, where the server speaks it."""

    metrics: Port | None = None
    """Prometheus metrics, where they have a port of their own."""

    @model_validator(mode="after")
    def _differ(self) -> Self:
        seen: dict[int, str] = {}
        for key, port in (("http", self.http), ("grpc", self.grpc), ("metrics", self.metrics)):
            if port is not None and (other := seen.setdefault(port, key)) != key:
                raise refusal(f"{key} and {other} are both port {port}", field=key, fix="give each its own")
        return self


class RoutesSpec(Spec):
    """The paths a server answers on; absent: those its kind and protocol are known for."""

    predict: Route | None = Field(default=None, examples=["/v2/models/fraud/infer"])
    """POST: a prediction."""

    ready: Route | None = Field(default=None, examples=["/v2/health/ready"])
    """GET: 200 once the model is loaded."""

    live: Route | None = Field(default=None, examples=["/v2/health/live"])
    """GET: 200 while the process is sound."""


class ServerSpec(Spec):
    """A model server: a name alone, or its kind with settings."""

    kind: Name = Field(examples=["mlserver", "vllm", "triton", "tgi", "custom"])
    """Which server; `custom` is a command or image of your own."""

    command: tuple[Text, ...] = ()
    """What `custom` starts; `{port}` and `{artifact}` are filled in."""

    args: Mapping[str, Scalar] = Field(default_factory=dict[str, Scalar])
    """Settings of the server, by its own names without leading dashes."""

    env: Mapping[Variable, Text] = Field(default_factory=dict[str, str])
    """Environment variables; never secrets."""

    secrets: Mapping[Variable, SecretReference] = Field(default_factory=dict[str, str])
    """Environment variables read from a secret store: variable → reference."""

    image: str | None = Field(default=None, pattern=IMAGE, examples=["registry.example.com/vllm@sha256:…"])
    """Container image; absent: the one that isoserve builds for this kind. A digest keeps it fixed."""

    front: Literal["auto", "none"] = "auto"
    """Who speaks the platform's container contract: isoserve's front, or (`none`) the image itself."""

    ports: PortsSpec = PortsSpec()
    """Ports the server listens on."""

    routes: RoutesSpec = RoutesSpec()
    """Paths the server answers on."""

    @model_validator(mode="before")
    @classmethod
    def _kind_alone(cls, value: object) -> object:
        return {"kind": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _command_fits(self) -> Self:
        if self.kind == "custom" and not self.command and self.image is None:
            raise refusal(
                "a custom server needs its command",
                field="command",
                fix="add `command: [python, serve.py, --port, '{port}', --model, '{artifact}']`",
            )
        if self.command and self.kind != "custom":
            raise refusal(
                f"{self.kind} has its own command", field="command", fix="use `args`, or `kind: custom`"
            )
        if both := sorted(set(self.env) & set(self.secrets)):
            raise refusal(f"{both[0]} is in env and in secrets", field="env", fix="keep one of the two")
        return self
