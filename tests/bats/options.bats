#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Options that no other file is about, the short letters of all, and that docs/coverage.md misses none.

load load

setup ()
{
	make_container
	only_davit "has these"
}

# The session keyring of whoever makes this call (KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING).
session_keyring=(syscall keyctl 0 -3 0)

@test "docs/coverage.md has all commands and options that help shows" {
	local top=${BATS_TEST_DIRNAME%/tests/*} command
	list_options ()
	{
		sed -n '/^options:/,$p' | grep -oE '^ +(-., )*--[a-z0-9-]+' | tr -d , | grep -oE -e '-[^ ]+' |
			grep -vxE -e '--help|-h|-[?]'
	}
	# a program that is built has none that is not in the list, but hidden ones
	while IFS= read -r command; do
		echo "$command"
		"$RUNTIME" "$command" --help | list_options | sed "s/^/$command /"
	done < <("$RUNTIME" --help | sed -n '/^commands:/,/^options:/s/^  \([a-z-]*\) .*/\1/p') >"$T/shown"
	"$RUNTIME" --help | list_options >>"$T/shown"
	[ "$(grep -c -- -- "$T/shown")" -gt 60 ]
	grep -qx 'run --bundle' "$T/shown"
	grep -qx 'run -b' "$T/shown"
	"$top/contrib/coverage" --list-options >"$T/listed"
	run grep -vxFf "$T/listed" "$T/shown"
	expect_output ''
}

@test "-V shows the version as --version does" {
	run "$RUNTIME" --version
	local long=$output
	run "$RUNTIME" -V
	expect_status 0
	expect_output "$long"
}

@test "--log-level says what goes to the log" {
	config '.process.capabilities.bounding += [ "CAP_NO_SUCH_THING" ]'
	args true
	local level
	for level in error warning debug; do
		runtime --log "$T/$level.log" --log-level "$level" run --bundle "$BUNDLE" "$ID" 2>/dev/null
	done
	[ ! -s "$T/error.log" ]
	grep -q CAP_NO_SUCH_THING "$T/warning.log"
	run ! grep 'level=debug' "$T/warning.log"
	grep -q CAP_NO_SUCH_THING "$T/debug.log"
	run runtime --log-level loud list
	expect_error loud
}

@test "--cgroup-manager names who makes the control groups, and disabled leaves them as they are" {
	needs_root "control groups may be nobody's here"
	args sleep 100
	quietly "$RUNTIME" --root "$ROOT" --cgroup-manager disabled run --detach --bundle "$BUNDLE" "$ID"
	expect_file "/proc/$(container_pid)/cgroup" "$(cat /proc/self/cgroup)"
	runtime delete --force "$ID"
	quietly "$RUNTIME" --root "$ROOT" --cgroup-manager cgroupfs run --detach --bundle "$BUNDLE" "$ID"
	grep -q "$ID" "/proc/$(container_pid)/cgroup"
	runtime delete --force "$ID"
	run "$RUNTIME" --root "$ROOT" --cgroup-manager nosuch list
	expect_error nosuch
	[ ! -d /run/systemd/system ] || return 0
	run quietly "$RUNTIME" --root "$ROOT" --cgroup-manager systemd create --bundle "$BUNDLE" "$ID"
	expect_error systemd
}

@test "--rootless true is held to what a user may do, false and auto are not" {
	needs_root "it is rootless anyway"
	local value
	# a user without a user namespace is warned of all that he lacks
	for value in false auto; do
		run runtime "--rootless=$value" check --bundle "$BUNDLE"
		expect_status 0
		[[ $output != *'user namespace'* ]]
	done
	run runtime --rootless=true check --bundle "$BUNDLE"
	expect_in_output 'user namespace'
	run runtime --rootless=perhaps list
	expect_error perhaps
}

@test "--no-new-keyring leaves the caller's session keyring, which is a new one without it" {
	[ -e /proc/keys ] || skip 'the kernel has no keyrings'
	cp "$HELPERS/syscall" "$BUNDLE/rootfs/bin/syscall"
	local own
	own=$("$HELPERS/syscall" "${session_keyring[@]:1}")
	args "${session_keyring[@]}"
	run runtime run --no-new-keyring --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_output "$own"
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[[ $output =~ ^[0-9]+$ ]]
	[ "$output" != "$own" ]
	args sleep 100
	create --no-new-keyring
	runtime start "$ID"
	run runtime exec "$ID" "${session_keyring[@]}"
	expect_status 0
	[ "$output" != "$own" ]
}

@test "run takes over processes that outlive their parent, and not with --no-subreaper" {
	needs_root "the host's proc can't be mounted"
	config 'del(.linux.namespaces[] | select(.type == "pid"))'
	# the parent of the program is the runtime
	args sh -c '(sleep 3 & echo $! >/tmp/orphan)
		until [ -s /tmp/orphan ]; do :; done
		orphan=$(cat /tmp/orphan)
		for p in $$ $orphan; do sed -n "s/^PPid:.//p" /proc/$p/status; done; kill $orphan'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[ "${lines[0]}" = "${lines[1]}" ]
	run runtime run --no-subreaper --bundle "$BUNDLE" "$ID"
	expect_status 0
	[ "${lines[0]}" != "${lines[1]}" ]
	[ "${#lines[@]}" = 2 ]
	# nobody of davit's stays with a container that is only created
	args true
	create --no-subreaper
	[ "$(container_status)" = created ]
}

@test "--no-pivot makes a container where pivot_root can't, for run and for create" {
	args sh -c 'echo ran; ls -d /usr || echo none'
	# as with a root on a ramdisk
	run "$HELPERS/nosys" pivot_root "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_failure
	run "$HELPERS/nosys" pivot_root "$RUNTIME" --root "$ROOT" run --no-pivot --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_in_output ran
	expect_in_output none
	quietly "$HELPERS/nosys" pivot_root "$RUNTIME" --root "$ROOT" create --no-pivot --bundle "$BUNDLE" "$ID"
	[ "$(container_status)" = created ]
	runtime start "$ID"
	wait_until_stopped
	grep -q ran "$T/out"
}

# receive_pidfd: a socket that takes one descriptor, and writes the pid that it is of to $T/received.
receive_pidfd ()
{
	rm -f "$T/pidfd" "$T/received"
	python3 - "$T/pidfd" "$T/received" <<-'PYTHON' 3>&- &
		import array, re, socket, sys
		server = socket.socket(socket.AF_UNIX)
		server.bind(sys.argv[1])
		server.listen()
		data, control, _, _ = server.accept()[0].recvmsg(4096, 256)
		fd = array.array('i', control[0][2])[0]
		with open('/proc/self/fdinfo/%d' % fd) as info, open(sys.argv[2], 'w') as out:
		    out.write(re.search(r'^Pid:\s*(\d+)', info.read(), re.M).group(1))
	PYTHON
	receiver=$!
	wait_for 5 test -S "$T/pidfd"
}

@test "create and run --pidfd-socket get a pidfd of the first process" {
	args sleep 100
	receive_pidfd
	create --pidfd-socket "$T/pidfd"
	wait "$receiver"
	expect_file "$T/received" "$(container_pid)"
	runtime delete --force "$ID"
	receive_pidfd
	run_detached --pidfd-socket "$T/pidfd"
	wait "$receiver"
	expect_file "$T/received" "$(container_pid)"
	runtime delete --force "$ID"
	run create --pidfd-socket "$T/nosuch"
	expect_error nosuch
	nothing_is_left
}

@test "create and run --trace write the time of each step" {
	args true
	local verb
	for verb in create run; do
		quietly runtime "$verb" --trace "$T/trace" --bundle "$BUNDLE" "$ID"
		jq -e '[ .traceEvents[] | select(.ph == "X") | .dur >= 0 ] | all' "$T/trace"
		jq -e '[ .traceEvents[].name ] | index("pivot into the root")' "$T/trace"
		rm "$T/trace"
		[ "$verb" = run ] || runtime delete "$ID"
	done
}

@test "spec --file writes to another file, -b and -f being short for --bundle and --file" {
	rm "$BUNDLE/config.json"
	runtime spec --bundle "$BUNDLE" --file other.json
	jq -e .ociVersion "$BUNDLE/other.json"
	[ ! -e "$BUNDLE/config.json" ]
	runtime spec -b "$BUNDLE" -f third.json
	cmp "$BUNDLE/other.json" "$BUNDLE/third.json"
}

@test "check looks at the bundle or the config that it is told of, as text or JSON" {
	cp "$BUNDLE/config.json" "$T/good.json"
	config '.process.cwd = "relative"'
	local option
	for option in --bundle -b; do
		run runtime check "$option" "$BUNDLE"
		expect_status 1
		expect_in_output "/process/cwd: error: "
	done
	for option in --format -f; do
		run runtime check "$option" json "$BUNDLE"
		expect_status 1
		[ "$(jq -r '.[0] | "\(.level) \(.pointer)"' <<<"$output")" = 'error /process/cwd' ]
	done
	run runtime check --config "$T/good.json" "$BUNDLE"
	expect_status 0
}

@test "plan is of the bundle or the config that it is told of, as text or JSON" {
	config '.hostname = "planned"'
	jq '.hostname = "elsewhere"' <"$BUNDLE/config.json" >"$T/other.json"
	local option
	for option in --bundle -b; do
		run runtime plan "$option" "$BUNDLE"
		expect_status 0
		expect_in_output planned
		expect_in_output 'pivot into the root'
	done
	for option in --format -f; do
		run runtime plan "$option" json "$BUNDLE"
		expect_status 0
		[ "$(jq -r '.processes | map(.name) | join(" ")' <<<"$output")" = 'parent middle init' ]
	done
	run runtime plan --config "$T/other.json" "$BUNDLE"
	expect_in_output elsewhere
	nothing_is_left
}

@test "completion and manual know every command that is not hidden, and their options" {
	local command shell
	runtime manual >"$T/davit.1"
	for shell in bash zsh fish; do
		runtime completion "$shell" >"$T/$shell"
		grep -q console-socket "$T/$shell"
	done
	bash -n "$T/bash"
	for command in $("$RUNTIME" --help | sed -n '/^commands:/,/^options:/s/^  \([a-z-]*\) .*/\1/p'); do
		grep -q "^.SS davit $command\b" "$T/davit.1"
		for shell in bash zsh fish; do
			grep -qw "$command" "$T/$shell"
		done
	done
	grep -q 'console\\-socket' "$T/davit.1"
	run runtime completion tcsh
	expect_error tcsh
}

@test "create -b -f, run -b -f -d, delete -f, exec -d -e -c -u and ps -f are short for long ones" {
	args sleep 100
	mv "$BUNDLE/config.json" "$T/other.json"
	quietly runtime create -b "$BUNDLE" -f "$T/other.json" "$ID"
	[ "$(container_status)" = created ]
	runtime delete -f "$ID"
	quietly runtime run -d -b "$BUNDLE" -f "$T/other.json" "$ID"
	is_running
	run runtime exec -e A=letter -u 7:8 -c CAP_KILL "$ID" sh -c 'echo $A $(id -u):$(id -g); grep CapBnd /proc/self/status'
	expect_in_output 'letter 7:8'
	# CAP_KILL is 5
	[ $((0x${lines[1]##*[[:space:]]} & 32)) = 32 ]
	quietly runtime exec -d "$ID" sleep 200
	run runtime ps -f json "$ID"
	[ "$(jq length <<<"$output")" = 2 ]
	runtime delete -f "$ID"
	run runtime state "$ID"
	expect_error 'does not exist'
}

@test "kill -a and -r, and delete -r, are short for --all and --regex" {
	needs_root "the host's proc can't be mounted"
	config 'del(.linux.namespaces[] | select(.type == "pid"))'
	args sh -c 'sleep 100 & wait'
	run_detached
	runtime kill -r "^$ID\$" CONT
	runtime kill -a "$ID" KILL
	wait_until_stopped
	runtime delete -r "^$ID\$"
	run runtime state "$ID"
	expect_error 'does not exist'
}
