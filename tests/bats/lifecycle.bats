#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The verbs on a container, its states and the ways from one to the next, and what they say when
# there is no way.

load load

# member JQ: a member of the container's state.
member ()
{
	runtime state "$ID" | jq -r "$1"
}

# The states that a container in the state $1 of this test may be brought to.
make_created () { args sleep 100 && create; }
make_running () { args sleep 100 && run_detached; }
make_stopped () { args true && run_detached && wait_until_stopped; }

@test "create makes a container that is created, and does not run the program" {
	args sh -c 'echo ran'
	create
	[ "$(container_status)" = created ]
	sleep 0.1
	expect_file "$T/out" ''
}

@test "start runs the program of a created container" {
	args sh -c 'echo ran; sleep 100'
	create
	runtime start "$ID"
	wait_for 5 grep -q ran "$T/out"
	[ "$(container_status)" = running ]
}

@test "the state of a created container is what the specification asks for" {
	args sleep 100
	config '.annotations = { "org.example.key": "value" }'
	create
	[ "$(member .id)" = "$ID" ]
	[ "$(member .status)" = created ]
	[ "$(member .bundle)" = "$BUNDLE" ]
	[ "$(member .rootfs)" = "$BUNDLE/rootfs" ]
	[ "$(member '.annotations["org.example.key"]')" = value ]
	[[ $(member .ociVersion) == 1.* ]]
	[[ $(member .created) =~ ^20[0-9-]+T[0-9:.]+Z$ ]]
	[ "$(member 'has("owner")')" = true ]
	[ -e "/proc/$(member .pid)/status" ]
}

@test "the state's pid is the one of the container's first process, before and after start" {
	args sleep 100
	create
	pid=$(container_pid)
	[ "$(awk '/^NSpid/ { print $NF }' "/proc/$pid/status")" = 1 ]
	runtime start "$ID"
	[ "$(container_pid)" = "$pid" ]
	grep -q sleep "/proc/$pid/cmdline"
}

@test "a container whose program has ended is stopped, and has pid 0" {
	make_stopped
	[ "$(member '.pid // 0')" = 0 ]
}

@test "the state is pure JSON on standard output" {
	make_running
	run --separate-stderr runtime state "$ID"
	expect_status 0
	expect_errors ''
	jq -e . <<<"$output"
}

@test "state, start, kill and delete of an unknown container say that it does not exist" {
	mkdir "$ROOT"
	for verb in state start kill delete; do
		run runtime "$verb" nobody
		expect_error 'container does not exist'
	done
}

@test "delete --force of an unknown container succeeds" {
	run runtime delete --force nobody
	expect_status 0
	run runtime delete -f nobody
	expect_status 0
}

@test "start of a running container fails, and it runs on" {
	make_running
	run runtime start "$ID"
	expect_error 'cannot start an already running container'
	is_running
}

@test "start of a stopped container fails" {
	make_stopped
	run runtime start "$ID"
	expect_error 'cannot start a container that has stopped'
}

@test "kill of a stopped container fails" {
	make_stopped
	run runtime kill "$ID" KILL
	expect_error 'container not running'
}

@test "kill --all of a stopped container succeeds" {
	make_stopped
	run runtime kill --all "$ID" KILL
	expect_status 0
}

@test "kill of a created container that waits for its start ends it" {
	make_created
	runtime kill "$ID" KILL
	wait_until_stopped
	run runtime start "$ID"
	expect_error 'cannot start a container that has stopped'
	runtime delete "$ID"
}

@test "delete removes a stopped container" {
	make_stopped
	runtime delete "$ID"
	run runtime state "$ID"
	expect_error 'container does not exist'
	run runtime delete "$ID"
	expect_error 'does not exist'
}

@test "delete of a created container ends and removes it" {
	make_created
	pid=$(container_pid)
	runtime delete "$ID"
	is_dead "$pid"
}

@test "delete of a running container without --force fails, and it runs on" {
	make_running
	run runtime delete "$ID"
	expect_error 'not stopped'
	is_running
}

@test "delete --force ends a running container" {
	make_running
	pid=$(container_pid)
	runtime delete --force "$ID"
	is_dead "$pid"
	run runtime state "$ID"
	expect_error 'container does not exist'
}

@test "delete --force ends a program that ignores every signal it can" {
	args sh -c 'trap "" HUP INT TERM QUIT USR1 USR2; echo ready; while :; do sleep 1; done'
	run_detached
	wait_for 5 grep -q ready "$T/out"
	runtime delete --force "$ID"
}

@test "delete --force ends all processes of a container without a pid namespace" {
	needs_delegation
	config 'del(.linux.namespaces[] | select(.type == "pid"))'
	args sh -c 'sleep 100 & sleep 100 & echo ready; wait'
	run_detached
	wait_for 5 grep -q ready "$T/out"
	runtime delete --force "$ID"
}

@test "kill sends a signal by its name with or without SIG, in any case, or by its number" {
	args sh -c 'trap "echo USR1" USR1; trap "echo WINCH" WINCH; echo ready; while :; do sleep 0.02; done'
	run_detached
	wait_for 5 grep -q ready "$T/out"
	local n=0
	for signal in USR1 SIGUSR1 usr1 sigusr1 10 SIGWINCH; do
		runtime kill "$ID" "$signal"
		n=$((n + 1))
		wait_for 5 has_lines $((n + 1))
	done
	expect_file "$T/out" "$(printf 'ready\nUSR1\nUSR1\nUSR1\nUSR1\nUSR1\nWINCH\n')"
}

has_lines ()
{
	[ "$(wc -l <"$T/out")" -ge "$1" ]
}

@test "kill without a signal sends SIGTERM" {
	args sh -c 'trap "echo TERM; exit" TERM; echo ready; while :; do sleep 0.02; done'
	run_detached
	wait_for 5 grep -q ready "$T/out"
	runtime kill "$ID"
	wait_for 5 grep -q TERM "$T/out"
}

@test "kill takes real-time signals" {
	args sh -c 'trap "echo 37" 37; echo ready; while :; do sleep 0.02; done'
	run_detached
	wait_for 5 grep -q ready "$T/out"
	runtime kill "$ID" 37
	wait_for 5 has_lines 2
	! is_davit || runtime kill "$ID" RTMIN+3
	! is_davit || wait_for 5 has_lines 3
}

@test "kill with a signal that does not exist fails, and the container runs on" {
	make_running
	for signal in NOSUCH SIG 9x; do
		run runtime kill "$ID" "$signal"
		expect_failure
	done
	is_running
}

@test "kill with a number that is no signal fails, and the container runs on" {
	only_davit "looks at the number first"
	make_running
	for signal in 1000 65 0x9 99999999999999999999; do
		run runtime kill "$ID" "$signal"
		expect_status 1
	done
	is_running
}

@test "kill --all reaches every process of a container without a pid namespace" {
	needs_delegation
	config 'del(.linux.namespaces[] | select(.type == "pid"))'
	args sh -c 'sleep 100 & sleep 100 & echo ready; wait'
	run_detached
	wait_for 5 grep -q ready "$T/out"
	runtime kill --all "$ID" KILL
	wait_until_stopped
	wait_for 5 no_process_with "$ID"
}

no_process_with ()
{
	! grep -qs . /sys/fs/cgroup/pids/*"$1"/cgroup.procs /sys/fs/cgroup/pids/*/*"$1"/cgroup.procs
}

@test "kill KILL ends every process of a container without a pid namespace, as runc since 1.2" {
	needs_delegation
	only_davit "does so without --all"
	config 'del(.linux.namespaces[] | select(.type == "pid"))'
	args sh -c 'sleep 100 & sleep 100 & echo ready; wait'
	run_detached
	wait_for 5 grep -q ready "$T/out"
	runtime kill "$ID" KILL
	wait_until_stopped
	wait_for 5 no_process_with "$ID"
}

@test "without a control group and a pid namespace, kill and delete reach the first process" {
	local how
	only_davit "has that option, and crun"
	config 'del(.linux.namespaces[] | select(.type == "pid")) | del(.linux.resources)'
	args sleep 1000
	for how in 'kill ID KILL' 'kill --all ID KILL' 'delete --force ID'; do
		quietly "$RUNTIME" --root "$ROOT" --cgroup-manager disabled run --detach --bundle "$BUNDLE" "$ID"
		# shellcheck disable=SC2086 # words
		runtime ${how/ID/$ID}
		[[ $how == delete* ]] || wait_until_stopped
		[[ $how == delete* ]] || runtime delete "$ID"
	done
}

@test "a second container with the same id is refused, and the first one runs on" {
	make_running
	run create
	expect_error 'already exists'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_error 'already exists'
	is_running
	run runtime start "$ID"
	expect_error 'already running'
}

@test "an id may hold letters, digits, and _ + - ." {
	for id in a A9 "_$ID" "a.b+c-d_e$ID" "+$ID"; do
		args true
		runtime run --bundle "$BUNDLE" "$id"
	done
}

@test "an id that could be a path, an option or nothing is refused, and nothing is made" {
	for id in . .. a/b /a 'a b' $'a\nb' 'a*' 'ä' '' '../up' 'a:b' 'a%s'; do
		run quietly runtime create --bundle "$BUNDLE" "$id"
		expect_failure
		run runtime run --bundle "$BUNDLE" "$id"
		expect_failure
		[ ! -e "$T/up" ]
	done
	[ -z "$(ls "$ROOT" 2>/dev/null)" ]
}

@test "an id as long as a file name may be works; a longer one is refused, and nothing is made" {
	only_davit "checks the length of an id first"
	args true
	# the control group's directory has the same name
	runtime run --bundle "$BUNDLE" "$(printf '%0200d' 0)"
	run runtime run --bundle "$BUNDLE" "$(printf '%02000d' 0)"
	expect_status 1
	[ -z "$(ls "$ROOT")" ]
}

@test "the commands that need an id refuse none and two" {
	for verb in state start delete create run; do
		run runtime "$verb"
		expect_failure
		run runtime "$verb" --nosuch-option "$ID"
		expect_failure
	done
	run runtime state a b
	expect_failure
	run runtime start a b
	expect_failure
}

@test "the bundle is the current directory when no other is named" {
	args echo here
	cd "$BUNDLE"
	run runtime run "$ID"
	expect_status 0
	expect_output here
}

@test "a relative bundle is remembered by its absolute path" {
	args sleep 100
	cd "$T"
	quietly runtime create --bundle bundle "$ID"
	[ "$(member .bundle)" = "$BUNDLE" ]
	cd /
	runtime start "$ID"
}

@test "the pid file holds the pid of the first process, and nothing else" {
	args sleep 100
	create --pid-file "$T/pid"
	[ "$(container_pid)" = "$(cat "$T/pid")" ]
	[ "$(wc -c <"$T/pid")" = "$(printf %s "$(container_pid)" | wc -c)" ]
	[ "$(find "$T" -maxdepth 1 -name '*pid*' | wc -l)" = 1 ]
}

@test "the pid file is relative to where the runtime was called, and replaces an older one" {
	args sleep 100
	cd "$T"
	echo older >pid
	quietly runtime run --detach --bundle bundle --pid-file pid "$ID"
	[ "$(container_pid)" = "$(cat "$T/pid")" ]
}

@test "a pid file that can't be written fails create, and nothing is left" {
	args sleep 100
	run create --pid-file "$T/nowhere/pid"
	expect_status 1
	nothing_is_left
}

@test "the config is read at create: later changes have no effect" {
	args sh -c 'echo first; hostname'
	config '.hostname = "first"'
	create
	args sh -c 'echo second; hostname'
	config '.hostname = "second"'
	runtime start "$ID"
	wait_until_stopped
	expect_file "$T/out" "$(printf 'first\nfirst\n')"
}

@test "the config may be gone after create" {
	args sh -c 'echo ran'
	create
	rm "$BUNDLE/config.json"
	[ "$(container_status)" = created ]
	runtime start "$ID"
	wait_until_stopped
	expect_file "$T/out" ran
	runtime delete "$ID"
}

@test "a container whose first process was killed from outside while created is stopped" {
	make_created
	kill -KILL "$(container_pid)"
	wait_until_stopped
	run runtime start "$ID"
	expect_error 'cannot start a container that has stopped'
	runtime delete "$ID"
}

@test "a container whose first process was killed from outside while running is stopped" {
	make_running
	kill -KILL "$(container_pid)"
	wait_until_stopped
	runtime delete "$ID"
}

@test "a half-made container does not exist for state, is passed over by list, and can be deleted" {
	mkdir -p "$ROOT/half"
	run runtime state half
	expect_status 1
	# it may be on its way, says davit
	[[ $output == *'does not exist'* || $output == *'not made yet'* ]]
	run runtime list
	expect_status 0
	runtime delete --force half
	[ ! -e "$ROOT/half" ]
}

@test "a container with a broken record can be deleted with --force" {
	only_davit "deletes a container whose record makes no sense"
	make_stopped
	local record
	record=$ROOT/$ID/state.json
	printf '{ "id": ' >"$record"
	run runtime state "$ID"
	expect_status 1
	run runtime list --quiet
	expect_status 0
	runtime delete --force "$ID"
	[ ! -e "$ROOT/$ID" ]
}

@test "of several that create the same container at once just one succeeds" {
	args sleep 100
	local pids=() succeeded=0
	for ((i = 0; i < 8; i++)); do
		runtime create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		! wait "$pid" || succeeded=$((succeeded + 1))
	done
	[ "$succeeded" = 1 ]
	[ "$(container_status)" = created ]
	runtime start "$ID"
	is_running
}

@test "of several that start the same container at once just one succeeds" {
	only_davit "locks a container while it is started"
	args sleep 100
	create
	local pids=() succeeded=0
	for ((i = 0; i < 8; i++)); do
		runtime start "$ID" >/dev/null 2>&1 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		! wait "$pid" || succeeded=$((succeeded + 1))
	done
	[ "$succeeded" = 1 ]
	is_running
}

@test "several delete --force of the same container at once all succeed" {
	only_davit "lets two deletes meet"
	make_running
	local pids=()
	for ((i = 0; i < 8; i++)); do
		runtime delete --force "$ID" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	nothing_is_left
}

@test "state and list cope with containers that come and go beside them" {
	args true
	mkdir -p "$ROOT"
	(for ((i = 0; i < 15; i++)); do
		runtime run --bundle "$BUNDLE" "$ID-$i" || exit 1
	done) 3>&- &
	local writer=$! refused=0
	while kill -0 "$writer" 2>/dev/null; do
		run runtime list --format json
		is_davit && expect_status 0
		run runtime state "$ID-3"
		[ "$status" = 0 ] || [[ $output == *'does not exist'* ]] || refused=$((refused + 1))
	done
	wait "$writer"
	! is_davit || [ "$refused" = 0 ]
}

@test "200 containers in a row leave nothing" {
	local n=200
	is_davit || n=20
	args true
	for ((i = 0; i < n; i++)); do
		runtime run --bundle "$BUNDLE" "$ID"
	done
	nothing_is_left
}

@test "50 containers at once all run, and leave nothing" {
	args sh -c 'echo $0; exit 7'
	local pids=()
	for ((i = 0; i < 50; i++)); do
		runtime run --bundle "$BUNDLE" "$ID-$i" 3>&- >>"$T/out" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		status=0
		wait "$pid" || status=$?
		expect_status 7
	done
	[ "$(wc -l <"$T/out")" = 50 ]
	nothing_is_left
}

@test "create, start and delete fifty times with the same id leave nothing" {
	local n=50
	is_davit || n=10
	args true
	for ((i = 0; i < n; i++)); do
		create
		runtime start "$ID"
		wait_until_stopped
		runtime delete "$ID"
	done
	nothing_is_left
}

@test "run removes the container when the program has ended" {
	in_container true
	expect_status 0
	nothing_is_left
}

@test "run --keep leaves a stopped container" {
	only_davit "and runc since 1.1.6 know --keep"
	args sh -c 'exit 3'
	run runtime run --keep --bundle "$BUNDLE" "$ID"
	expect_status 3
	is_stopped
	runtime delete "$ID"
}

@test "run --detach returns while the program runs" {
	make_running
	is_running
}

@test "run --detach returns 0 whatever the program will return" {
	args sh -c 'exit 5'
	run_detached
	wait_until_stopped
}
