"""The `kar.*` fields about the request itself: who, what, on which object."""

from __future__ import annotations

from toolkit.events.times import parse_rfc3339
from toolkit.fields.entries import UNKNOWN, never, text, texts
from toolkit.fields.event import Event
from toolkit.fields.model import Argument, Field, Value
from toolkit.fields.readers import all_of

_AUTHORIZED = "every request that reaches admission was authorized; the decision is not part of the review"
_BEFORE_RESPONSE = "admission comes before the response"
_EXTRA = "request.userInfo.extra.{key}[]"
_NO_URI = "the review holds no URI, and it cannot be rebuilt: query and literal path are unknown"

NAMES = ("request.name", "request.object.metadata.name", "request.oldObject.metadata.name")
"""Where an object's name stands, the first that is not empty; a collection's deletes have it in the old object only."""


def _timestamp(event: Event, _argument: str | None) -> Value:
    stamp = event.source.last("requestReceivedTimestamp")
    words = stamp.words() if stamp and stamp.is_string else None
    return words if words and parse_rfc3339(words) is not None else None


FIELDS = (
    text(
        "kar.auditid",
        "The same as kar.uid. It is not the API server's audit id, and every call of the webhook has another.",
        "request.uid",
        published=UNKNOWN,
    ),
    text("kar.uid", "Id of the review; every call of the webhook has another.", "request.uid"),
    Field(
        "kar.timestamp",
        "When kube-audit-rest received the review, RFC 3339.",
        _timestamp,
        paths=("requestReceivedTimestamp",),
    ),
    text("kar.dryrun", "Whether the request is a dry run: true or false.", "request.dryRun", published=UNKNOWN),
    never("kar.stage", "Stage of an audited request.", "stages belong to audit events, not to admission"),
    never("kar.auth.decision", "Decision of the authorizer.", _AUTHORIZED),
    never("kar.auth.reason", "Reason of the authorizer.", _AUTHORIZED),
    text(
        "kar.user.name",
        "User of the request; where somebody impersonates, it is the impersonated user.",
        "request.userInfo.username",
    ),
    texts("kar.user.groups", "Groups of the user.", "request.userInfo.groups[]"),
    text("kar.user.uid", "Id of the user.", "request.userInfo.uid", published=UNKNOWN),
    Field(
        "kar.user.extra",
        "Extra facts about the user, by name: those of impersonation, or of a service account's pod.",
        all_of(_EXTRA),
        is_list=True,
        argument=Argument.KEY,
        argument_required=True,
        paths=(_EXTRA,),
        published=UNKNOWN,
    ),
    never(
        "kar.impuser.name",
        "Impersonated user.",
        "kar.user.name is the impersonated user already; the real caller is not part of the review",
    ),
    text("kar.verb", "Operation, in capitals: CREATE, UPDATE, DELETE or CONNECT.", "request.operation"),
    never("kar.uri", "URI of the request.", _NO_URI),
    never("kar.uri.param", "Parameter of the URI.", f"{_NO_URI}; see kar.req.exec.command", argument=Argument.KEY),
    text(
        "kar.target.name",
        "Name of the object: of the request, else of the object, else of the old object.",
        *NAMES,
        published="reads only the request's name: no value on deletes of a collection",
    ),
    text(
        "kar.target.namespace",
        "Namespace of the object; a namespace is in itself.",
        "request.namespace",
    ),
    text("kar.target.resource", "Resource, plural and lower case: pods.", "request.resource.resource"),
    text("kar.target.subresource", "Subresource, if there is one: exec, status, scale.", "request.subResource"),
    text(
        "kar.target.group",
        "API group of the resource; empty for the core.",
        "request.resource.group",
        published=UNKNOWN,
    ),
    text("kar.target.version", "API version of the resource.", "request.resource.version", published=UNKNOWN),
    text("kar.target.kind", "Kind that is reviewed: Pod, PodExecOptions.", "request.kind.kind", published=UNKNOWN),
    never("kar.useragent", "User agent of the client.", "the review does not name the client's program"),
    never(
        "kar.sourceips",
        "Addresses of the client.",
        "the review does not hold the client's addresses",
        is_list=True,
        argument=Argument.INDEX,
    ),
    never("kar.resp.name", "Name of the object in the response.", f"{_BEFORE_RESPONSE}; see kar.target.name"),
    never("kar.response.code", "Status code of the response.", _BEFORE_RESPONSE),
    never("kar.response.reason", "Reason in the response.", _BEFORE_RESPONSE),
)
