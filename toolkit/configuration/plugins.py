"""The plugins of a configuration: which are loaded, and the settings of the one that gives the events."""

from __future__ import annotations

from pathlib import Path

from toolkit.configuration.model import JSON_PLUGIN, SOURCE_PLUGIN, Configuration, SourceSettings
from toolkit.configuration.reading import Reading
from toolkit.configuration.tree import Value, from_json, refusal
from toolkit.errors import ToolkitError, closest
from toolkit.ruleset.decoding import as_boolean, as_unsigned
from toolkit.ruleset.yaml_nodes import Kind

_EXAMPLE = "- {name: k8sadmission, library_path: libk8sadmission.so, open_params: events.jsonl}"
_NO_CONFIG = "init_config is a mapping, or JSON of one in a text"
_TEXTS = ("sslCertificate", "tlsCert", "tlsKey", "sslClientCA")
_NUMBERS = ("maxEventSize", "webhookMaxBatchSize", "queueSize")
_FLAGS = ("useAsync",)
_KNOWN = (*_TEXTS, *_NUMBERS, *_FLAGS)


def loaded_plugins(reading: Reading) -> tuple[tuple[str, ...], SourceSettings]:
    """Return the names of the plugins that are loaded, and the settings of the source.

    A configuration that says nothing about plugins has those that the toolkit brings along. One that does, has what it
    says, as in Falco; without the plugin that gives events it is at fault.
    """
    if reading.tree.get("plugins") is None and reading.tree.get("load_plugins") is None:
        return Configuration().plugins, SourceSettings()
    listed = reading.listed("plugins")
    plugins = {name: entry for entry in reversed(listed) if (name := _name(reading, entry))}
    for entry in listed:
        _check_shape(reading, entry)
    names = list(reversed(plugins))
    if reading.tree.get("load_plugins") is not None:
        names = _chosen(reading, names)
    _judge(reading, names, plugins)
    source = _source(reading, plugins[SOURCE_PLUGIN]) if SOURCE_PLUGIN in plugins else SourceSettings()
    return tuple(names), source


def _name(reading: Reading, entry: Value) -> str | None:
    missing = [key for key in ("name", "library_path") if not _is_text(entry.get(key))]
    if missing:
        reading.faults.add(f"a plugin needs {' and '.join(missing)}, as in Falco", entry.place, hint=_EXAMPLE)
        return None
    return entry.members["name"].text


def _check_shape(reading: Reading, entry: Value) -> None:
    params, config = entry.get("open_params"), entry.get("init_config")
    if params and params.kind not in (Kind.SCALAR, Kind.NULL):
        reading.faults.add("open_params is a text", params.place, hint="open_params: https://:9765/k8s-audit")
    if config and config.kind is Kind.SEQUENCE:
        reading.faults.add(_NO_CONFIG, config.place, hint="init_config: {useAsync: true}")


def _is_text(value: Value | None) -> bool:
    return value is not None and value.is_scalar


def _chosen(reading: Reading, known: list[str]) -> list[str]:
    names = []
    for entry in reading.listed("load_plugins"):
        if entry.text in known:
            names.append(entry.text)
        else:
            message = f"load_plugins names {entry.text!r}, which is no entry of plugins"
            reading.faults.add(message, entry.place, hint=closest(entry.text, known))
    return names


def _judge(reading: Reading, names: list[str], plugins: dict[str, Value]) -> None:
    where = "load_plugins" if reading.tree.get("load_plugins") else "plugins"
    if SOURCE_PLUGIN not in names and not len(reading.faults):
        reading.fault(f"the plugin {SOURCE_PLUGIN} is not loaded, so there are no events", where, _EXAMPLE)
    ours = [name for name in names if name in (SOURCE_PLUGIN, JSON_PLUGIN)]
    if ours:
        place = plugins[ours[0]].members["library_path"].place
        reading.notes.append(f"{place}: library_path is set aside; the toolkit has {' and '.join(ours)} in it")
    for name in names:
        if name not in ours:
            place = plugins[name].place
            reading.warnings.append(f"{place}: the plugin {name} is set aside; its fields are not known here")


def _source(reading: Reading, entry: Value) -> SourceSettings:
    params = entry.get("open_params")
    settings = _settings(reading, _init_config(reading, entry.get("init_config")))
    certificate = settings.get("tlsCert") or settings.get("sslCertificate")
    default = SourceSettings()
    return SourceSettings(
        open_params=params.text.strip() or None if params else None,
        ssl_certificate=Path(str(certificate)) if certificate else default.ssl_certificate,
        ssl_key=Path(str(settings["tlsKey"])) if settings.get("tlsKey") else None,
        ssl_client_ca=Path(str(settings["sslClientCA"])) if settings.get("sslClientCA") else None,
        max_event_size=int(settings.get("maxEventSize", default.max_event_size)),
        max_event_size_given="maxEventSize" in settings,
        webhook_max_batch_size=int(settings.get("webhookMaxBatchSize", default.webhook_max_batch_size)),
        use_async=bool(settings.get("useAsync", default.use_async)),
        queue_size=int(settings.get("queueSize", default.queue_size)),
    )


def _init_config(reading: Reading, found: Value | None) -> Value | None:
    """Return the settings as a mapping, whichever way they are written; None where there are none."""
    if found is None or found.kind is Kind.NULL or (found.is_scalar and not found.text.strip()):
        return None
    if found.is_scalar:
        try:
            found = from_json(found.text, found.place)
        except (ValueError, RecursionError) as error:
            reading.faults.add(f"init_config is a text and no JSON: {error}", found.place, hint="or a mapping")
            return None
        if not found.is_mapping:
            reading.faults.add(_NO_CONFIG, found.place, hint="init_config: '{\"useAsync\": true}'")
    return found


def _settings(reading: Reading, found: Value | None) -> dict[str, str | int | bool]:
    settings: dict[str, str | int | bool] = {}
    if found is None:
        return settings
    for name, value in found.members.items():
        if name not in _KNOWN:
            place = found.keys[name]
            hint = closest(name, _KNOWN) or f"known are {', '.join(_KNOWN)}"
            reading.warnings.append(f"{place}: init_config does not know {name}, passed over as by the plugin; {hint}")
            continue
        try:
            settings[name] = _setting(name, value)
        except ToolkitError as error:
            reading.faults.add(error.faults[0].message, value.place)
    if "tlsCert" in settings and "sslCertificate" in settings:
        reading.warnings.append(f"{found.place}: tlsCert counts, sslCertificate does not")
    return settings


def _setting(name: str, value: Value) -> str | int | bool:
    if name in _TEXTS and value.is_scalar:
        return value.text
    number = as_unsigned(value.text) if value.is_scalar else None
    if name in _NUMBERS and number:
        return number
    truth = as_boolean(value.text) if value.is_scalar else None
    if name in _FLAGS and truth is not None:
        return truth
    expected = "a text" if name in _TEXTS else "a number from 1 on" if name in _NUMBERS else "true or false"
    found = repr(value.text) if value.is_scalar else f"a {value.kind.value}"
    raise refusal(f"init_config.{name} is {found}, expected {expected}")
