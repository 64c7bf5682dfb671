"""The catalog is complete, consistent, and what the documentation says."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.fields.catalog import load_catalog
from toolkit.fields.listing import facts, markdown
from toolkit.fields.model import Argument, FieldType
from toolkit.fields.paths import parse_path

ROOT = Path(__file__).resolve().parents[2]

FROM_README_AND_CODE = """
kar.auditid kar.uid kar.timestamp kar.dryrun kar.stage kar.auth.decision kar.auth.reason kar.user.name kar.user.groups
kar.impuser.name kar.verb kar.uri kar.uri.param kar.target.name kar.target.namespace kar.target.resource
kar.target.subresource kar.useragent kar.sourceips kar.resp.name kar.response.code kar.response.reason
kar.req.binding.subjects kar.req.binding.role kar.req.binding.subject.has_name kar.req.configmap.name
kar.req.configmap.obj kar.req.configmap.data kar.req.configmap.binary_data kar.req.role.rules
kar.req.role.rules.apiGroups kar.req.role.rules.nonResourceURLs kar.req.role.rules.verbs kar.req.role.rules.resources
kar.req.service.type kar.req.service.ports kar.req.exec.command kar.req.pod.host_ipc kar.req.pod.host_network
kar.req.container.host_network kar.req.pod.host_pid kar.req.pod.run_as_user kar.req.pod.run_as_group
kar.req.pod.fs_group kar.req.pod.supplemental_groups kar.req.pod.volumes.hostpath kar.req.volume.hostpath
kar.req.pod.volumes.flexvolume_driver kar.req.pod.volumes.volume_type kar.req.pod.containers.image
kar.req.container.image kar.req.pod.containers.image.repository kar.req.container.image.repository
kar.req.pod.containers.host_port kar.req.pod.containers.privileged kar.req.container.privileged
kar.req.pod.containers.allow_privilege_escalation kar.req.pod.containers.read_only_fs
kar.req.pod.containers.run_as_user kar.req.pod.containers.eff_run_as_user kar.req.pod.containers.run_as_group
kar.req.pod.containers.eff_run_as_group kar.req.pod.containers.proc_mount kar.req.pod.containers.add_capabilities
"""

OUR_OWN = """
kar.target.group kar.target.version kar.target.kind kar.user.uid kar.user.extra kar.req.exec.container
kar.req.exec.stdin kar.req.exec.tty kar.req.binding.subjects.user_names kar.req.binding.subjects.group_names
kar.req.binding.subjects.serviceaccount_names kar.req.binding.subjects.serviceaccount_ns_names
"""

NEVER = """
kar.stage kar.auth.decision kar.auth.reason kar.impuser.name kar.uri kar.uri.param kar.useragent kar.sourceips
kar.resp.name kar.response.code kar.response.reason kar.req.binding.subject.has_name evt.asynctype
"""


def test_the_catalog_has_every_field_and_no_other() -> None:
    names = {field.name for field in load_catalog() if field.name.startswith("kar.")}
    leaves = {name.removeprefix("kar.req.pod.containers.") for name in names if ".containers." in name}
    others = {f"kar.req.pod.{list_}.{leaf}" for list_ in ("initContainers", "ephemeralContainers") for leaf in leaves}
    assert len(FROM_README_AND_CODE.split()) == 64
    assert names == {*FROM_README_AND_CODE.split(), *OUR_OWN.split(), *others}


def test_names_are_unique_and_found() -> None:
    catalog = load_catalog()
    assert len(catalog) == len({field.name for field in catalog})
    assert all(catalog.find(field.name) is field for field in catalog)
    assert catalog.find("kar.no") is None


def test_the_published_plugin_knows_44_fields() -> None:
    published = [field for field in load_catalog("published") if field.name.startswith("kar.")]
    assert len(published) == 44
    corrected = load_catalog()
    for field in published:
        same = corrected.find(field.name)
        assert same is not None
        assert (same.type, same.is_list, same.argument) == (field.type, field.is_list, field.argument)
    assert {field.name for field in corrected if field.published == "does not know the field"} == {
        field.name for field in corrected if field.name.startswith("kar.")
    } - {field.name for field in published}


def test_fields_that_never_have_a_value_say_why() -> None:
    assert {field.name for field in load_catalog() if field.never} == set(NEVER.split())


def test_arguments() -> None:
    catalog = load_catalog()
    required = {field.name for field in catalog if field.argument_required}
    assert required == {
        "kar.uri.param",
        "kar.user.extra",
        "kar.req.binding.subject.has_name",
        "kar.req.volume.hostpath",
        "json.value",
        "jevt.value",
    }
    assert {field.name for field in catalog if field.argument is Argument.KEY} == required
    assert all(field.is_list for field in catalog if field.argument is Argument.INDEX)


def test_types_of_generic_fields() -> None:
    types = {field.name: field.type for field in load_catalog() if field.name.startswith("evt.")}
    assert types["evt.num"] is FieldType.UINT64
    assert types["evt.is_async"] is FieldType.BOOL
    assert {name for name, kind in types.items() if kind is FieldType.ABSTIME} == {
        "evt.rawtime",
        "evt.rawtime.s",
        "evt.rawtime.ns",
    }
    assert {name for name, kind in types.items() if kind is FieldType.RELTIME} == {
        "evt.reltime",
        "evt.reltime.s",
        "evt.reltime.ns",
    }


def test_paths_of_entries_are_paths() -> None:
    shown = [path for field in load_catalog() for path in field.paths]
    assert len(shown) > 80
    assert all(parse_path(path).head for path in shown)


def test_every_field_has_a_gate_where_it_is_about_an_object() -> None:
    ungated = {field.name for field in load_catalog() if field.name.startswith("kar.req.") and not field.gate}
    assert ungated == {"kar.req.binding.subject.has_name"}


@pytest.mark.parametrize("plugin", ["corrected", "published"])
def test_the_listing_for_programs(plugin: str) -> None:
    listed = facts(load_catalog(plugin))
    assert [fact["name"] for fact in listed] == [field.name for field in load_catalog(plugin)]
    assert all(fact["description"].endswith(".") for fact in listed)


def test_the_page_of_fields_is_made_from_the_catalog() -> None:
    page = (ROOT / "docs" / "fields.md").read_text("utf-8")
    assert page == markdown(), "run: toolkit fields -o markdown > docs/fields.md"
