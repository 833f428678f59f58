#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What davit offers to those who write configs and package it: check, plan, --trace, completion, manual.

load load

setup ()
{
	make_container
	only_davit "has these"
}

@test "check of a config that is in order says so" {
	run runtime check --bundle "$BUNDLE"
	expect_status 0
	cd "$BUNDLE"
	run runtime check
	expect_status 0
}

@test "check shows all problems at once, each with its line and place" {
	config '.process.cwd = "x" | .mounts[0].destination = 5 | .linux.namespaces[0].type = "bad"'
	run runtime check --bundle "$BUNDLE"
	expect_status 1
	[ "$(grep -c ' error: ' <<<"$output")" = 3 ]
	local line
	line=$(grep -n '"cwd"' "$BUNDLE/config.json" | cut -d: -f1)
	expect_in_output "config.json:$line: /process/cwd: "
	expect_in_output ': /mounts/0/destination: '
	expect_in_output ': /linux/namespaces/0/type: '
	nothing_is_left
}

@test "check --format json is an array of findings" {
	config '.process.cwd = "x"'
	run --separate-stderr runtime check --format json --bundle "$BUNDLE"
	expect_status 1
	[ "$(jq -r '.[0] | "\(.level) \(.pointer)"' <<<"$output")" = 'error /process/cwd' ]
	[ "$(jq '.[0].line' <<<"$output")" = "$(grep -n '"cwd"' "$BUNDLE/config.json" | cut -d: -f1)" ]
}

@test "check of what is no JSON, or no bundle, fails" {
	echo '{ "ociVersion": ' >"$BUNDLE/config.json"
	run runtime check --bundle "$BUNDLE"
	expect_status 1
	run runtime check --bundle "$T/nosuch"
	expect_status 1
}

@test "plan shows the steps in their order, and does nothing" {
	config '.hostname = "planned"'
	run runtime plan --bundle "$BUNDLE"
	expect_status 0
	expect_in_output 'planned'
	local root user
	root=$(grep -n 'pivot into the root' <<<"$output" | cut -d: -f1)
	user=$(grep -n 'become the user' <<<"$output" | cut -d: -f1)
	[ "$root" -lt "$user" ]
	nothing_is_left
}

@test "plan --format json has the steps of each process" {
	run --separate-stderr runtime plan --format json --bundle "$BUNDLE"
	expect_status 0
	[ "$(jq -r '.processes | map(.name) | join(" ")' <<<"$output")" = 'parent middle init' ]
	[ "$(jq '[ .processes[].steps[] | select(.name == "execute the program") | .applies ] | .[0]' <<<"$output")" = true ]
}

@test "plan and check need no privileges" {
	[ "$(id -u)" = 0 ] || skip 'nobody is privileged here'
	chmod -R a+rX "$BUNDLE"
	cp "$RUNTIME" "$T/davit"
	run setpriv --reuid 1000 --regid 1000 --clear-groups "$T/davit" plan --bundle "$BUNDLE"
	expect_status 0
	run setpriv --reuid 1000 --regid 1000 --clear-groups "$T/davit" check --bundle "$BUNDLE"
	[[ $output != *Permission* ]]
}

@test "--trace writes the time of each step, also of a create that fails" {
	args true
	run runtime run --trace "$T/trace" --bundle "$BUNDLE" "$ID"
	expect_status 0
	[ "$(jq '[ .traceEvents[] | select(.ph == "X") | .dur >= 0 ] | all' "$T/trace")" = true ]
	jq -e '[ .traceEvents[].name ] | index("start the first process") and index("execute the program")' "$T/trace"
	args nosuchprogram
	run runtime create --trace "$T/failed" --bundle "$BUNDLE" "$ID"
	expect_status 1
	jq -e '[ .traceEvents[].name ] | index("find the program") and (index("execute the program") | not)' "$T/failed"
}

@test "completion for bash is a script that knows the commands and their options" {
	runtime completion bash >"$T/completion"
	bash -n "$T/completion"
	# shellcheck disable=SC2016 # for the shell that completes
	run bash -c 'source "$1"
		for COMP_LINE in "davit ex" "davit --root x exec --console"; do
			COMP_POINT=${#COMP_LINE}
			_davit
			echo "${COMPREPLY[@]}"
		done' - "$T/completion"
	expect_status 0
	expect_output $'exec\n--console-socket'
}

@test "completion for other shells, and none for unknown ones" {
	local shell
	for shell in zsh fish; do
		runtime completion "$shell" >"$T/completion"
		grep -q console-socket "$T/completion"
		! command -v "$shell" >/dev/null || "$shell" -n "$T/completion"
	done
	run runtime completion tcsh
	expect_error tcsh
}

@test "the man page has all commands and options, and is clean" {
	local command
	runtime manual >"$T/davit.1"
	for command in $(runtime --help | sed -n '/^commands:/,/^options:/s/^  \([a-z]*\) .*/\1/p'); do
		grep -q "^.SS davit $command " "$T/davit.1" || grep -q "^.SS davit $command\$" "$T/davit.1"
	done
	grep -q 'console\\-socket' "$T/davit.1"
	if command -v man >/dev/null; then
		run --separate-stderr man -l --warnings "$T/davit.1"
		expect_errors ''
	fi
	if command -v mandoc >/dev/null; then
		# a page that is written when it is asked for has no date
		run grep -v 'missing date' <(mandoc -T lint -W warning "$T/davit.1")
		expect_output ''
	fi
}
