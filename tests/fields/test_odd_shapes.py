"""What corrected fields make of nulls, holes, wrong shapes and repeated members."""

from __future__ import annotations

from typing import Any

import pytest
from opening import BINDING, CONFIGMAP, EXEC, POD, ROLE, SERVICE, opened, pod

CONTAINERS = "kar.req.pod.containers"


@pytest.mark.parametrize(
    ("containers", "bare", "indexed"),
    [
        ([{"image": "a:1"}, {"name": "x"}, None, {"image": "b"}], ["a:1", "b"], [["a:1"], None, None, ["b"]]),
        ([{"image": None}, {"image": 5}, {"image": {}}], ["5"], [None, ["5"], None]),
        ([{"image": ""}], [""], [[""], None]),
        ([], None, [None]),
        (None, None, [None]),
        ("text", None, [None]),
        ({"image": "a"}, None, [None]),
        (["text", 5, {"image": "a"}], ["a"], [None, None, ["a"]]),
    ],
)
def test_holes_are_skipped_and_an_index_counts_elements(containers: Any, bare: Any, indexed: list[Any]) -> None:
    fields = pod(containers=containers)
    assert fields.value(f"{CONTAINERS}.image") == bare
    assert [fields.value(f"{CONTAINERS}.image", str(index)) for index in range(len(indexed))] == indexed
    assert fields.value(f"{CONTAINERS}.image", str(2**64 - 1)) is None


def test_one_bad_element_does_not_spoil_its_neighbours() -> None:
    fields = pod(containers=[{"ports": "x"}, {"ports": [{"hostPort": 1}, None, {"hostPort": None}, {"hostPort": 2}]}])
    assert fields.value(f"{CONTAINERS}.host_port") == ["1", "2"]
    assert fields.value(f"{CONTAINERS}.host_port", "1") == ["1", "2"]


def test_container_ports_are_no_host_ports() -> None:
    assert pod(containers=[{"ports": [{"containerPort": 80}]}]).value(f"{CONTAINERS}.host_port") is None


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("busybox", "busybox"),
        ("busybox:1.36", "busybox"),
        ("localhost:5000/team/app", "localhost:5000/team/app"),
        ("localhost:5000/team/app:1.2", "localhost:5000/team/app"),
        ("r:5000/a:1@sha256:00", "r:5000/a"),
        ("a@sha256:00", "a"),
        (":x", ""),
        ("", ""),
    ],
)
def test_repositories(image: str, repository: str) -> None:
    fields = pod(containers=[{"image": image}])
    assert fields.value(f"{CONTAINERS}.image.repository", "0") == [repository]
    assert fields.value("kar.req.container.image.repository") == repository


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"containers": [{}]}, ["0"]),
        ({"containers": [{"securityContext": {"runAsUser": 7}}, {}]}, ["7", "0"]),
        (
            {"securityContext": {"runAsUser": 5}, "containers": [{"securityContext": {"runAsUser": None}}, {}]},
            ["5", "5"],
        ),
        ({"securityContext": None, "containers": [{"securityContext": "x"}, None, {"runAsUser": 3}]}, ["0", "0"]),
        ({"securityContext": {"runAsUser": 0}, "containers": []}, None),
        ({"runAsUser": 9, "containers": [{}]}, ["0"]),
    ],
)
def test_effective_user(spec: dict[str, Any], expected: list[str] | None) -> None:
    assert pod(**spec).value(f"{CONTAINERS}.eff_run_as_user") == expected


def test_effective_user_by_index() -> None:
    fields = pod(containers=[None, {"securityContext": {"runAsUser": 7}}])
    assert fields.value(f"{CONTAINERS}.eff_run_as_user", "0") is None
    assert fields.value(f"{CONTAINERS}.eff_run_as_user", "1") == ["7"]


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ([{}], "false"),
        ([{"securityContext": {"privileged": False}}], "false"),
        ([{}, {"securityContext": {"privileged": True}}], "true"),
        ([{"securityContext": {"privileged": "true"}}], "false"),
        ([], None),
        ("x", None),
        (None, None),
    ],
)
def test_any_privileged(containers: Any, expected: str | None) -> None:
    assert pod(containers=containers).value("kar.req.container.privileged") == expected


@pytest.mark.parametrize(
    ("volumes", "key", "expected"),
    [
        ([{"hostPath": {"path": "/etc"}}], "/etc", "true"),
        ([{"hostPath": {"path": "/etc/"}}], "/etc", "false"),
        ([{"hostPath": {"path": "/etc/x"}}], "/etc*", "true"),
        ([{"hostPath": {"path": "/x"}}], "*", "true"),
        ([{"emptyDir": {}}], "*", "false"),
        ([{"hostPath": {"path": "/e*"}}], "/e*", "true"),
        ([], "/etc", None),
        (None, "/etc", None),
        ("x", "/etc", None),
    ],
)
def test_mounts_of_a_host_path(volumes: Any, key: str, expected: str | None) -> None:
    assert pod(volumes=volumes).value("kar.req.volume.hostpath", key) == expected


def test_volume_types() -> None:
    fields = pod(volumes=[{"name": "a", "hostPath": {}}, None, "s", {"configMap": {}, "name": "b"}])
    assert fields.value("kar.req.pod.volumes.volume_type") == ["hostPath", "configMap"]
    assert fields.value("kar.req.pod.volumes.volume_type", "1") is None
    assert fields.value("kar.req.pod.volumes.volume_type", "3") == ["configMap"]


def test_capabilities_are_flat() -> None:
    def with_added(added: Any) -> dict[str, Any]:
        return {"securityContext": {"capabilities": {"add": added}}}

    fields = pod(containers=[with_added(["A", "B"]), {}, with_added([None, "C"]), with_added("D")])
    assert fields.value(f"{CONTAINERS}.add_capabilities") == ["A", "B", "C"]
    assert fields.value(f"{CONTAINERS}.add_capabilities", "2") == ["C"]


@pytest.mark.parametrize(("flag", "expected"), [(True, "true"), (False, "false"), (None, None), ({}, None), ([], None)])
def test_flags(flag: Any, expected: str | None) -> None:
    assert pod(hostNetwork=flag).value("kar.req.pod.host_network") == expected


@pytest.mark.parametrize("rules", [None, "x", {}, []])
def test_rules_that_are_no_list(rules: Any) -> None:
    fields = opened(ROLE, object={"rules": rules})
    assert fields.value("kar.req.role.rules") is None
    assert fields.value("kar.req.role.rules.verbs") is None


def test_rules_with_holes() -> None:
    fields = opened(ROLE, object={"rules": [{"verbs": ["get", None, 7]}, {"verbs": "x"}, None, {"verbs": ["list"]}]})
    assert fields.value("kar.req.role.rules.verbs") == ["get", "7", "list"]
    assert fields.value("kar.req.role.rules.verbs", "3") == ["list"]
    assert fields.value("kar.req.role.rules") == ['{"verbs":["get",null,7]}', '{"verbs":"x"}', '{"verbs":["list"]}']


def test_ports_one_by_one() -> None:
    fields = opened(SERVICE, object={"spec": {"ports": [{"port": 1}, None, {"port": 2}]}})
    assert fields.value("kar.req.service.ports") == ['{"port":1}', '{"port":2}']
    assert fields.value("kar.req.service.ports", "2") == ['{"port":2}']
    assert fields.value("kar.req.service.ports", "1") is None


def test_subject_names() -> None:
    subjects = [
        {"kind": "User", "name": "u"},
        {"kind": "Group", "name": "g"},
        {"kind": "ServiceAccount", "name": "s", "namespace": "n"},
        {"kind": "ServiceAccount", "name": "no-namespace"},
        {"kind": "User"},
        None,
        "x",
    ]
    fields = opened(BINDING, object={"subjects": subjects})
    prefix = "kar.req.binding.subjects"
    assert fields.value(f"{prefix}.user_names") == ["u"]
    assert fields.value(f"{prefix}.group_names") == ["g"]
    assert fields.value(f"{prefix}.serviceaccount_names") == ["s", "no-namespace"]
    assert fields.value(f"{prefix}.serviceaccount_ns_names") == ["n:s"]


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"name": "a", "object": {"metadata": {"name": "b"}}}, "a"),
        ({"name": "", "object": {"metadata": {"name": "b"}}}, "b"),
        ({"object": None, "oldObject": {"metadata": {"name": "c"}}}, "c"),
        ({"object": {"metadata": {"generateName": "x-"}}}, None),
        ({"name": None, "object": "x", "oldObject": []}, None),
    ],
)
def test_robust_names(members: dict[str, Any], name: str | None) -> None:
    fields = opened(CONFIGMAP, **members)
    assert fields.value("kar.target.name") == name
    assert fields.value("kar.req.configmap.name") == name


def test_json_text_is_the_sources_own() -> None:
    text = b'{"z":"\\u003c/\\/ \xc3\xb6","n":1.0,"e":1E400,"z2":[ 1, {"a" : null} ]}'
    line = (
        b'{"kind":{"group":"","kind":"ConfigMap"},"resource":{"group":"","resource":"configmaps"},"object":{"data":%s}}'
    )
    fields = opened(line % text)
    expected = '{"z":"\\u003c/\\/ ö","n":1.0,"e":1E400,"z2":[1,{"a":null}]}'
    assert fields.value("kar.req.configmap.data") == expected
    assert fields.value("jevt.value", "/request/object/data") == expected


def test_of_repeated_members_the_last_counts_and_jevt_takes_the_first() -> None:
    line = b'{"kind":{"kind":"Pod"},"name":"a","name":"b","object":{"spec":{"hostPID":false,"host\\u0050ID":true}}}'
    fields = opened(line)
    assert fields.value("kar.target.name") == "b"
    assert fields.value("kar.req.pod.host_pid") == "true"
    assert fields.value("jevt.value", "/request/name") == "a"


def test_texts_end_at_their_first_nul() -> None:
    fields = opened(EXEC, object={"command": ["nul\0tail", "\0", "x"]}, name="a\0b")
    assert fields.value("kar.req.exec.command") == ["nul", "", "x"]
    assert fields.value("kar.target.name") == "a"


def test_extra_facts_of_a_user() -> None:
    fields = opened(POD, userInfo={"username": "", "extra": {"a.b/c": ["x", "y"], "no": [], "text": "x"}})
    assert fields.value("kar.user.extra", "a.b/c") == ["x", "y"]
    assert fields.value("kar.user.extra", "no") is None
    assert fields.value("kar.user.extra", "text") is None
    assert fields.value("kar.user.extra", "") is None
    assert fields.value("kar.user.name") == ""


@pytest.mark.parametrize(
    ("request_", "has_image"),
    [
        (POD, True),
        ({**POD, "subResource": "ephemeralcontainers"}, True),
        ({**POD, "kind": {"kind": "Pod"}}, True),
        ({**POD, "kind": {"group": "example.com", "kind": "Pod"}}, False),
        ({**POD, "kind": {"group": "", "kind": "PodTemplate"}}, False),
        ({"resource": {"group": "", "resource": "pods"}}, False),
        ({"kind": "Pod"}, False),
    ],
)
def test_pod_fields_go_by_the_kind_of_the_request(request_: dict[str, Any], has_image: bool) -> None:
    fields = opened(request_, object={"kind": "Pod", "spec": {"containers": [{"image": "a"}]}})
    assert (fields.value(f"{CONTAINERS}.image") is not None) == has_image


@pytest.mark.parametrize(("subresource", "has_command"), [("exec", True), ("attach", False), (None, False)])
def test_exec_fields_go_by_the_subresource(subresource: str | None, has_command: bool) -> None:
    fields = opened({**EXEC, "subResource": subresource}, object={"command": ["id"], "stdin": True})
    assert (fields.value("kar.req.exec.command") == ["id"]) == has_command
    assert (fields.value("kar.req.exec.stdin") == "true") == has_command


def test_an_unreadable_time_is_no_timestamp() -> None:
    assert opened(POD).value("kar.timestamp") == "1970-01-01T00:00:01.000000002Z"


@pytest.mark.parametrize("depth", [400])
def test_deep_objects_are_read_though_the_json_plugin_does_not(depth: int) -> None:
    deep = b"[" * depth + b"]" * depth
    line = b'{"name":"n","object":{"deep":' + deep + b',"a":1,"a":2}}'
    fields = opened(line)
    assert fields.value("kar.target.name") == "n"
    assert fields.value("jevt.value", "/request/name") is None
    assert fields.value("json.obj") is None
