package freehold.exit.no_vendor_paths_test

import data.freehold.exit.no_vendor_paths as rule
import data.freehold.lib.elf_records
import data.freehold.lib.records
import data.freehold.lib.testing

_entry(path, kind, target) := object.union(elf_records.place(path), {
	"kind": kind, "target": target, "present": true,
})

_with(entries) := testing.with_facts({"elf": {"vendor_paths": records.capped(entries)}})

test_does_not_concern_debian if {
	count(rule.deny | rule.warn) == 0 with input as testing.facts
	contains(rule.not_applicable, "outside the system's directories") with input as testing.facts
}

test_a_gap_does_not_excuse if {
	facts := testing.with_facts({"topics": {"elf": {"coverage": "partial", "reason": "x"}}})
	not rule.not_applicable with input as facts
}

test_passes_an_application_in_its_own_tree if {
	facts := _with([
		_entry("/opt/venv/bin/flask", "script", "/opt/venv/bin/python3"),
		_entry("/app/bin/run", "run_path", "/app/bin/lib"),
	])
	count(rule.deny | rule.warn) == 0 with input as facts
	not rule.not_applicable with input as facts
}

test_denies_a_vendor_tree_once_with_its_files if {
	facts := _with([
		_entry("/opt/bitnami/x/bin/a", "run_path", "/opt/bitnami/x/lib"),
		_entry("/opt/bitnami/x/bin/b", "script", "/opt/bitnami/python/bin/python"),
	])
	findings := rule.deny with input as facts
	count(findings) == 1
	some finding in findings
	finding.subject == "path:/opt/bitnami"
	contains(finding.msg, "2 files name paths in /opt/bitnami, the tree of Bitnami")
	count(rule.warn) == 0 with input as facts
}

test_only_warns_about_a_tree_anyone_can_install if {
	facts := _with([_entry("/bin/sh", "interpreter", "/nix/store/abc-glibc/lib/ld-linux.so.2")])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.subject == "path:/nix"
}

test_a_distribution_may_live_in_its_tree if {
	facts := object.union(
		_with([_entry("/bin/sh", "interpreter", "/nix/store/abc-glibc/lib/ld-linux.so.2")]),
		{"distro": {"id": "nixos"}},
	)
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_warns_about_a_file_that_leans_on_another_tree if {
	facts := _with([_entry("/usr/bin/tool", "run_path", "/opt/acme/lib")])
	count(rule.deny) == 0 with input as facts
	some finding in rule.warn with input as facts
	finding.subject == "path:/opt/acme"
}

test_a_left_over_run_path_ties_nothing if {
	gone := {"present": false}
	facts := _with([
		object.union(_entry("/usr/bin/a", "run_path", "/opt/bitnami/lib"), gone),
		object.union(_entry("/usr/bin/b", "run_path", "/builds/x/lib"), gone),
	])
	count(rule.deny | rule.warn) == 0 with input as facts
}

test_a_script_without_its_interpreter_still_counts if {
	entry := object.union(
		_entry("/usr/bin/a", "script", "/opt/bitnami/bin/python"),
		{"present": false},
	)
	count(rule.deny) == 1 with input as _with([entry])
}

test_judges_the_base_where_it_is_known if {
	added := object.union(_entry("/usr/bin/a", "script", "/opt/bitnami/x"), {"side": "added"})
	facts := object.union(_with([added]), {"image": {"base": {"layers": 2}}})
	count(rule.deny) == 0 with input as facts
}
