"""The `kar.*` fields of bindings, config maps, roles, services and exec."""

from __future__ import annotations

from collections.abc import Callable

from toolkit.events.source import Source
from toolkit.fields.entries import UNGATED, UNKNOWN, indexed_texts, never, text, texts
from toolkit.fields.gates import BINDING, CONFIGMAP, EXEC, ROLE, SERVICE
from toolkit.fields.kar_request import NAMES
from toolkit.fields.model import Argument, Field
from toolkit.fields.readers import Words, object_text

_SUBJECTS = "request.object.subjects[]"
_RULES = "request.object.rules[]"


def _named(kind: str, name: Callable[[Source], str | None]) -> Words:
    """Return the words of subjects of one kind."""

    def words(subject: Source) -> str | None:
        return name(subject) if _member(subject, "kind") == kind else None

    return words


def _member(subject: Source, name: str) -> str | None:
    member = subject.last(name)
    return member.scalar() if member else None


def _name(subject: Source) -> str | None:
    return _member(subject, "name")


def _namespaced(subject: Source) -> str | None:
    namespace, name = _member(subject, "namespace"), _member(subject, "name")
    return f"{namespace}:{name}" if namespace and name else None


def _rule_lists(name: str, description: str) -> Field:
    return indexed_texts(
        f"kar.req.role.rules.{name}",
        f"{description} of all rules, or of one.",
        f"{_RULES}.{name}[]",
        gate=ROLE,
        published=UNGATED,
    )


def _subject_names(name: str, description: str, words: Words) -> Field:
    return texts(
        f"kar.req.binding.subjects.{name}", description, _SUBJECTS, gate=BINDING, words=words, published=UNKNOWN
    )


FIELDS = (
    texts(
        "kar.req.binding.subjects",
        "Subjects of a role binding or cluster role binding, each as JSON.",
        _SUBJECTS,
        gate=BINDING,
        words=object_text,
        published=UNGATED,
    ),
    text(
        "kar.req.binding.role",
        "Role that a role binding or cluster role binding grants.",
        "request.object.roleRef.name",
        gate=BINDING,
        published=UNGATED,
    ),
    never(
        "kar.req.binding.subject.has_name",
        "Deprecated.",
        "it never had a value in any plugin; see kar.req.binding.subjects.user_names and its like",
        argument=Argument.KEY,
    ),
    _subject_names("user_names", "Users that a binding names.", _named("User", _name)),
    _subject_names("group_names", "Groups that a binding names.", _named("Group", _name)),
    _subject_names("serviceaccount_names", "Service accounts that a binding names.", _named("ServiceAccount", _name)),
    _subject_names(
        "serviceaccount_ns_names",
        "Service accounts that a binding names, as namespace:name.",
        _named("ServiceAccount", _namespaced),
    ),
    text(
        "kar.req.configmap.name",
        "Name of a config map: of the request, else of the object, else of the old object.",
        *NAMES,
        gate=CONFIGMAP,
        published="reads the request's name, of any object",
    ),
    text(
        "kar.req.configmap.obj",
        "Data of a config map as JSON, without its metadata.",
        "request.object.data",
        gate=CONFIGMAP,
        words=object_text,
        published=UNKNOWN,
    ),
    text(
        "kar.req.configmap.data",
        "Data of a config map as JSON.",
        "request.object.data",
        gate=CONFIGMAP,
        words=object_text,
        published="gives the binary data instead, of any object; read jevt.value[/request/object/data]",
    ),
    text(
        "kar.req.configmap.binary_data",
        "Binary data of a config map as JSON, values in base64.",
        "request.object.binaryData",
        gate=CONFIGMAP,
        words=object_text,
        published="gives the plain data instead, of any object; read jevt.value[/request/object/binaryData]",
    ),
    texts(
        "kar.req.role.rules",
        "Rules of a role or cluster role, each as JSON.",
        _RULES,
        gate=ROLE,
        words=object_text,
        published=UNGATED,
    ),
    _rule_lists("apiGroups", "API groups (the core is empty)"),
    _rule_lists("nonResourceURLs", "Non-resource URLs"),
    _rule_lists("verbs", "Verbs"),
    _rule_lists("resources", "Resources"),
    text("kar.req.service.type", "Type of a service.", "request.object.spec.type", gate=SERVICE, published=UNGATED),
    indexed_texts(
        "kar.req.service.ports",
        "Ports of a service, each as JSON.",
        "request.object.spec.ports[]",
        gate=SERVICE,
        words=object_text,
        published="gives the whole array as one text, whatever the index, of any object",
    ),
    texts(
        "kar.req.exec.command",
        "Command of an exec, word by word.",
        "request.object.command[]",
        gate=EXEC,
        published=UNGATED,
    ),
    text("kar.req.exec.container", "Container of an exec.", "request.object.container", gate=EXEC, published=UNKNOWN),
    text("kar.req.exec.stdin", "Whether an exec takes input.", "request.object.stdin", gate=EXEC, published=UNKNOWN),
    text("kar.req.exec.tty", "Whether an exec has a terminal.", "request.object.tty", gate=EXEC, published=UNKNOWN),
)
