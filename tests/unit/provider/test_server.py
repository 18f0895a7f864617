"""The plugin's gRPC face, asked over a real socket with a resource kind that keeps its things in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from isoserve.errors import AgentError, Fault
from isoserve.provider.kind import Made, Site, Values
from isoserve.provider.server import InWords, Servicer
from isoserve.provider.values import UNKNOWN, Secret, decode, encode, has_unknown, plain_map

URN = "urn:pulumi:dev::serving::isoserve:index:ModelServing$test:index:Shelf::books"


class Shelf:
    """A resource kind with a replacing input, a computed secret, and things that can be lost."""

    token = "test:index:Shelf"
    computed = frozenset({"code"})
    replace_on = frozenset({"room"})

    def __init__(self) -> None:
        self.things: dict[str, Values] = {}

    def check(self, inputs: Values, site: Site) -> Sequence[Fault]:
        return [] if inputs.get("room") else [Fault(what="is empty", at="room", fix="name a room")]

    def create(self, inputs: Values, site: Site) -> Made:
        if inputs["room"] == "cellar":
            raise AgentError("the cellar is flooded", at="room", fix="use another room")
        self.things[str(inputs["room"])] = inputs
        return Made(id=str(inputs["room"]), outputs={"code": "4711"}, secrets=frozenset({"code"}))

    def read(self, resource_id: str, inputs: Values, site: Site) -> Made | None:
        found = self.things.get(resource_id)
        return Made(id=resource_id, outputs={"code": "4711", "books": found["books"]}) if found else None

    def drift(self, resource_id: str, inputs: Values, site: Site) -> Sequence[str]:
        return () if resource_id in self.things else ("live",)

    def update(self, resource_id: str, inputs: Values, site: Site) -> Made:
        return self.create(inputs, site)

    def delete(self, resource_id: str, inputs: Values, site: Site) -> None:
        self.things.pop(resource_id, None)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def plugin(shelf: Shelf, tmp_path: Path) -> Iterator[provider_pb2_grpc.ResourceProviderStub]:
    server = grpc.server(ThreadPoolExecutor(4), interceptors=[InWords()])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(
        Servicer([shelf], root=tmp_path, version="1.2.3"), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None).wait()


def struct(**values: object) -> Struct:
    return encode(values)


def test_info_says_the_version(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    assert plugin.GetPluginInfo(Empty()).version == "1.2.3"


def test_configure_takes_secrets_and_previews(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    answer = plugin.Configure(provider_pb2.ConfigureRequest(args=struct(stateDir=".isoserve/local")))
    assert answer.acceptSecrets
    assert answer.supportsPreview


def test_state_folder_outside_the_project_is_refused(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    answer = plugin.CheckConfig(provider_pb2.CheckRequest(news=struct(stateDir="../elsewhere")))
    assert [failure.property for failure in answer.failures] == ["stateDir"]


def test_check_returns_faults_with_their_fix(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    answer = plugin.Check(provider_pb2.CheckRequest(urn=URN, news=struct(room="")))
    assert [(failure.property, failure.reason) for failure in answer.failures] == [
        ("room", "is empty; fix: name a room")
    ]


def test_create_keeps_inputs_and_marks_secrets(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    inputs = struct(room="attic", books=3, note=Secret("hush"))
    answer = plugin.Create(provider_pb2.CreateRequest(urn=URN, properties=inputs))
    made = decode(answer.properties)
    assert answer.id == "attic"
    assert plain_map(made) == {"room": "attic", "books": 3, "note": "hush", "code": "4711"}
    assert {name for name, value in made.items() if isinstance(value, Secret)} == {"note", "code"}


def test_preview_makes_nothing_and_leaves_outputs_unknown(
    plugin: provider_pb2_grpc.ResourceProviderStub, shelf: Shelf
) -> None:
    request = provider_pb2.CreateRequest(urn=URN, properties=struct(room="attic"), preview=True)
    foreseen = plain_map(decode(plugin.Create(request).properties))
    assert has_unknown(foreseen["code"])
    assert foreseen["room"] == "attic"
    assert shelf.things == {}


def test_preview_of_an_update_changes_nothing(
    plugin: provider_pb2_grpc.ResourceProviderStub, shelf: Shelf
) -> None:
    shelf.things["attic"] = {"room": "attic", "books": 1}
    request = provider_pb2.UpdateRequest(
        urn=URN, id="attic", news=struct(room="attic", books=9), preview=True
    )
    assert has_unknown(plain_map(decode(plugin.Update(request).properties))["code"])
    assert shelf.things["attic"]["books"] == 1


def test_unknown_input_at_up_is_refused_by_name(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    inputs = struct(room=UNKNOWN)
    with pytest.raises(grpc.RpcError) as caught:
        plugin.Create(provider_pb2.CreateRequest(urn=URN, properties=inputs))
    assert "unknown at `up`: room" in caught.value.details()


def test_errors_arrive_in_their_own_words(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        plugin.Create(provider_pb2.CreateRequest(urn=URN, properties=struct(room="cellar")))
    assert caught.value.details() == "the cellar is flooded\n  at:  room\n  fix: use another room"


def test_diff_tells_change_replacement_and_drift_apart(
    plugin: provider_pb2_grpc.ResourceProviderStub, shelf: Shelf
) -> None:
    shelf.things["attic"] = {"room": "attic"}

    def diff(identity: str, old: Struct, new: Struct) -> tuple[int, list[str], list[str]]:
        answer = plugin.Diff(provider_pb2.DiffRequest(urn=URN, id=identity, old_inputs=old, news=new))
        return answer.changes, list(answer.diffs), list(answer.replaces)

    same = struct(room="attic", books=1)
    none, some = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME
    assert diff("attic", same, same) == (none, [], [])
    assert diff("attic", same, struct(room="attic", books=2)) == (some, ["books"], [])
    assert diff("attic", same, struct(room="hall", books=1)) == (some, ["room"], ["room"])
    assert diff("lost", same, same) == (some, ["live"], [])


def test_a_secret_that_stays_the_same_is_no_change(
    plugin: provider_pb2_grpc.ResourceProviderStub, shelf: Shelf
) -> None:
    shelf.things["attic"] = {}
    old, new = struct(room=Secret("x")), struct(room="x")
    answer = plugin.Diff(provider_pb2.DiffRequest(urn=URN, id="attic", old_inputs=old, news=new))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_read_tells_a_lost_thing_from_a_changed_one(
    plugin: provider_pb2_grpc.ResourceProviderStub, shelf: Shelf
) -> None:
    inputs = struct(room="attic", books=1)
    gone = plugin.Read(provider_pb2.ReadRequest(urn=URN, id="attic", inputs=inputs))
    assert gone.id == ""
    shelf.things["attic"] = {"room": "attic", "books": 5}
    there = plugin.Read(provider_pb2.ReadRequest(urn=URN, id="attic", inputs=inputs))
    assert there.id == "attic"
    assert plain_map(decode(there.inputs)) == {"room": "attic", "books": 5}


def test_delete_twice_is_fine(plugin: provider_pb2_grpc.ResourceProviderStub, shelf: Shelf) -> None:
    shelf.things["attic"] = {}
    request = provider_pb2.DeleteRequest(urn=URN, id="attic", old_inputs=struct(room="attic"))
    plugin.Delete(request)
    plugin.Delete(request)
    assert shelf.things == {}


def test_foreign_type_is_named(plugin: provider_pb2_grpc.ResourceProviderStub) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        plugin.Check(provider_pb2.CheckRequest(urn="urn:pulumi:d::p::other:index:Thing::x", news=struct()))
    assert "no resource type other:index:Thing" in caught.value.details()
