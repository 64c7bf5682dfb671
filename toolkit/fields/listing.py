"""The catalog for readers: facts for programs, and the page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from toolkit.fields.catalog import Catalog, load_catalog
from toolkit.fields.entries import UNKNOWN
from toolkit.fields.model import Family, Field

_HEAD = """\
# Fields

Made from the catalog by `toolkit fields -o markdown`; a test holds this page to it.

A field has no value (`<NA>`) where the review does not hold one; every comparison with it is then false, and only `not`
makes that true. Fields of an object have a value only where the request is about such an object, by its kind or
resource, never by what the object says of itself. An index counts elements: containers, rules, volumes, ports. A null
element, or one without the member, is skipped; asked for by its index it has no value.

*Published* says how the published Go plugin (`--plugin published`) differs.

## A field of your own

No code is needed: a YAML file says where the value stands. Name it with `--fields-file fields.yaml`, or in
`toolkit.toml` as `fields = ["fields.yaml"]` (`[tool.toolkit]` in `pyproject.toml`), or in `TOOLKIT_FIELDS`.

```yaml
fields:
  - name: kar.req.deployment.images
    type: list
    path:
      - request.object.spec.template.spec.initContainers[].image
      - request.object.spec.template.spec.containers[].image
    argument: index
    gate: {kind: Deployment, group: apps}
    description: Images of a deployment's template.
  - name: kar.req.label
    type: string
    path: request.object.metadata.labels.{key}
    argument: key
    description: A label of the object.
```

| part of a path | leads to |
| --- | --- |
| `request.object.spec` | members; a name with signs of this language stands in quotes: `labels."kubernetes.io/name"` |
| `[]` | every element of an array |
| `[0]` | one element |
| `{key}` | the member that the argument names: `kar.req.label[app]` |

`type` is `string` (of several paths the first that has a text) or `list` (all of them; its paths have `[]`).
`argument: index` lets rules pick one element of the first `[]`, `argument: key` goes with `{key}`. `gate` says by kind
or resource, group and subresource which requests the field is about. `json: true` takes objects and arrays, as their
JSON text. All else that is not a text, number or boolean is left out.
"""


def facts(catalog: Catalog) -> list[dict[str, Any]]:
    """Return what is known of each field, for JSON."""
    return [
        {
            "name": field.name,
            "type": field.type.value,
            "list": field.is_list,
            "argument": field.argument.value,
            "argument_required": field.argument_required,
            "description": field.description,
            "only_of": str(field.gate) if field.gate else None,
            "paths": list(field.paths),
            "never": field.never,
            "published": published_facts(field),
        }
        for field in catalog
    ]


def published_facts(field: Field) -> dict[str, Any]:
    """Return whether the published plugin knows the field, and how it differs there."""
    known = field.published != UNKNOWN
    return {"known": known, "differs": field.published if known else None}


def families(catalog: Catalog) -> Iterable[tuple[Family, list[Field]]]:
    """Yield the fields by family, in listing order."""
    for family, fields in groupby(catalog, key=lambda field: field.family):
        yield family, list(fields)


def type_name(field: Field) -> str:
    """Return the type for people: `string`, `list of string`."""
    return f"list of {field.type.value}" if field.is_list else field.type.value


def markdown(catalog: Catalog | None = None) -> str:
    """Return the page of the documentation."""
    parts = [_HEAD]
    for family, fields in families(catalog or load_catalog()):
        parts.append(f"\n## {family.value}\n\n| field | type | meaning |\n| --- | --- | --- |\n")
        parts += [f"| {_names(field)} | {type_name(field)} | {_meaning(field)} |\n" for field in fields]
    return "".join(parts)


def _names(field: Field) -> str:
    return ", ".join(f"`{name}`" for name in field.usage.split(", "))


def _meaning(field: Field) -> str:
    said = [field.description]
    if field.gate:
        said.append(f"Only of {field.gate}.")
    if field.never:
        said.append(f"**Never has a value**: {field.never}.")
    if field.published:
        said.append(f"*Published*: {field.published}.")
    return " ".join(said).replace("|", "\\|")
