"""A configuration with the keys that Falco's packages come with: nothing of it is unknown."""

from __future__ import annotations

from configuring import configured, refused

PACKAGED = """
config_files: [/nowhere/falco/config.d]
watch_config_files: true
rules_files: [/nowhere/falco/falco_rules.yaml, /nowhere/falco/falco_rules.local.yaml, /nowhere/falco/rules.d]
engine:
  kind: modern_ebpf
  kmod: {buf_size_preset: 4, drop_failed_exit: false}
  modern_ebpf: {cpus_for_each_buffer: 2, buf_size_preset: 4, drop_failed_exit: false}
  replay: {capture_file: /path/to/file.scap}
capture: {enabled: false, path_prefix: /tmp/falco, mode: rules, default_duration: 5000}
load_plugins: []
plugins:
  - name: container
    library_path: libcontainer.so
    init_config:
      label_max_len: 100
      engines: {docker: {enabled: true, sockets: [/var/run/docker.sock]}, lxc: {enabled: false}}
  - {name: k8saudit, library_path: libk8saudit.so, init_config: "", open_params: "http://:9765/k8s-audit"}
  - {name: cloudtrail, library_path: libcloudtrail.so}
  - {name: json, library_path: libjson.so}
plugins_hostinfo: true
time_format_iso_8601: false
buffer_format_base64: false
priority: debug
json_output: false
json_include_output_property: true
json_include_message_property: false
json_include_tags_property: true
json_include_output_fields_property: true
buffered_outputs: false
rule_matching: first
outputs_queue: {capacity: 0}
append_output: [{suggested_output: true}]
static_fields: {}
stdout_output: {enabled: true}
syslog_output: {enabled: true}
file_output: {enabled: false, keep_alive: false, filename: ./events.txt}
http_output:
  enabled: false
  url: ""
  user_agent: falcosecurity/falco
  insecure: false
  ca_cert: ""
  ca_bundle: ""
  ca_path: /etc/ssl/certs/
  mtls: false
  client_cert: /etc/ssl/certs/client.crt
  client_key: /etc/ssl/certs/client.key
  echo: false
  compress_uploads: false
  keep_alive: false
  max_consecutive_timeouts: 5
program_output: {enabled: false, keep_alive: false, program: "jq '{text: .output}' | curl -d @- -X POST https://h"}
webserver:
  enabled: true
  threadiness: 0
  listen_port: 8765
  listen_address: 0.0.0.0
  k8s_healthz_endpoint: /healthz
  prometheus_metrics_enabled: false
  ssl_enabled: false
  ssl_certificate: /etc/falco/falco.pem
log_stderr: true
log_syslog: true
log_level: info
libs_logger: {enabled: true, severity: info}
output_timeout: 2000
syscall_event_timeouts: {max_consecutives: 1000}
syscall_event_drops: {threshold: .1, actions: [log, alert], rate: .03333, max_burst: 1, simulate_drops: false}
metrics:
  enabled: false
  interval: 1h
  output_rule: true
  rules_counters_enabled: true
  resource_utilization_enabled: true
  state_counters_enabled: true
  kernel_event_counters_enabled: true
  kernel_event_counters_per_cpu_enabled: false
  libbpf_stats_enabled: true
  plugins_metrics_enabled: true
  jemalloc_stats_enabled: false
  convert_memory_to_mb: true
  include_empty_values: false
falco_libs: {snaplen: 80, thread_table_size: 262144, thread_table_auto_purging_interval_s: 300}
base_syscalls: {custom_set: [], repair: false, all: false}
"""
PLUGIN = "plugins[]={name: k8sadmission, library_path: x, open_params: events.jsonl}", "load_plugins[]=k8sadmission"


def test_without_the_plugin_it_gives_no_events() -> None:
    assert refused(PACKAGED) == ["falco.yaml:11:15: the plugin k8sadmission is not loaded, so there are no events"]


def test_with_the_plugin_nothing_of_it_is_unknown() -> None:
    found = configured(PACKAGED, *PLUGIN)
    assert found.warnings == ()
    assert found.plugins == ("k8sadmission",)
    assert found.outputs.stdout
    assert found.outputs.syslog
    assert (found.outputs.file, found.outputs.program, found.outputs.http) == (None, None, None)
    assert found.webserver.enabled
    assert found.metrics.interval == 3600
    aside, library = found.notes
    assert aside.endswith("syscall_event_timeouts, syscall_event_drops, base_syscalls, falco_libs")
    assert "library_path is set aside" in library
