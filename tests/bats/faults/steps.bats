#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every step of every process of a launch fails once, and is killed once. Each time the command has to
# fail, and nothing may be left: no process, mount, control group or state. Needs a build with
# --enable-fault-injection: `sudo contrib/check faults`.

load ../load

setup ()
{
	make_container
	args true
	DAVIT_FAULT='fail:parent/start the first process' run runtime run --bundle "$BUNDLE" "$ID"
	[[ $output == *'fault injected'* ]] || skip 'the runtime is not built with --enable-fault-injection'
}

# steps_of ACTOR: their names, one a line, from the table in the source.
steps_of ()
{
	sed -n "/^const struct step $1_steps/,/^};/s/^[[:space:]]*{ \"\([^\"]*\)\",.*/\1/p" \
		"$BATS_TEST_DIRNAME/../../../src/launch/$1.c"
}

# A process in the middle is needed to bring the first one into a time or pid namespace that exists.
use_a_middle ()
{
	config '.linux.namespaces += [ { "type": "time", "path": "/proc/self/ns/time" } ]'
}

# What makes most steps have something to do.
use_everything ()
{
	config --arg dir "$T" '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings
		| .linux.sysctl = { "net.ipv4.ip_forward": "1" }
		| .linux.resources.pids = { "limit": 100 }
		| .linux.rootfsPropagation = "private"
		| .process.oomScoreAdj = 100
		| .process.user = { "uid": 1000, "gid": 1000, "additionalGids": [ 5 ], "umask": 7 }
		| .mounts += [
			{ "destination": "/volume", "source": $dir, "options": [ "bind" ] },
			{ "destination": "/scratch", "type": "tmpfs", "source": "tmpfs" } ]
		| ("/bin/true" | { "path": . }) as $hook
		| .hooks = { "prestart": [ $hook ], "createRuntime": [ $hook ], "createContainer": [ $hook ],
			"startContainer": [ $hook ], "poststart": [ $hook ], "poststop": [ $hook ] }'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
}

# with_fault FAULT VERB: the command with this fault. A timeout ends a hang, with status 124.
with_fault ()
{
	DAVIT_FAULT=$1 quietly timeout --signal KILL 20 "$RUNTIME" --root "$ROOT" "$2" --bundle "$BUNDLE" "$ID"
}

# What is wrong after `run` with this fault, as words; nothing when all is well.
judge_run ()
{
	run with_fault "$1" run
	judge_failure "$1"
	judge_remains "$1"
}

# The same for create, and for start where the fault lies behind the container's start.
judge_create ()
{
	local started=no
	run with_fault "$1" create
	if [ "$status" = 0 ]; then
		started=yes
		run quietly timeout --signal KILL 20 "$RUNTIME" --root "$ROOT" start "$ID"
	fi
	# a first process that dies after start has let it go may as well be a program that was killed
	# and one that fails when it has said that it is ready, and create is done, has nobody to tell
	[[ $1 == kill:init/* && $started = yes && $status = 0 ]] ||
		[[ $1 == 'fail:init/wait: recorded' && $started = yes && $output == *'has stopped'* ]] || judge_failure "$1"
	# what failed at its start is a stopped container, which somebody will delete
	[ $started = no ] || runtime delete --force "$ID" >/dev/null 2>&1 || echo "can't be deleted after start"
	judge_remains "$1"
}

judge_failure ()
{
	case $status in
	0) echo 'succeeded' ;;
	124 | 137) [[ $1 == kill:* ]] && [ "$SECONDS" -lt "$((BEGAN + 15))" ] || echo 'hung' ;;
	esac
	case $1 in
	fail:*)
		[[ $output == *'fault injected'* ]] || echo "did not say so (status $status): $output"
		[[ $output == *"${1#*/}"* ]] || echo "did not name the step: $output"
		;;
	# after the start it may as well be the program that was killed, and the status says so
	*) [ -n "$output" ] || [[ $1 == kill:parent/* || $status -gt 128 ]] || echo 'said nothing' ;;
	esac
}

judge_remains ()
{
	# nobody is left to clean up when the parent is killed
	if [[ $1 == kill:parent/* ]]; then
		runtime delete --force "$ID" >/dev/null 2>&1 || echo 'delete --force failed'
	fi
	wait_for 3 nothing_is_left || what_is_left
	# so that the next step is not blamed for it
	runtime delete --force "$ID" >/dev/null 2>&1 || true
	remove_cgroups
}

# walk JUDGE MODE ACTOR: through all steps; all findings are shown, not just the first.
walk ()
{
	local step verdict findings='' n=0
	while IFS= read -r step; do
		n=$((n + 1))
		BEGAN=$SECONDS
		verdict=$("$1" "$2:$3/$step")
		[ -z "$verdict" ] || findings+="$2:$3/$step: $verdict"$'\n'
	done < <(steps_of "$3")
	# each row of the table
	[ "$n" -gt 0 ]
	[ "$n" = "$(sed -n "/^const struct step $3_steps/,/^};/p" "$BATS_TEST_DIRNAME/../../../src/launch/$3.c" |
		grep -c '^	{ "')" ]
	[ -z "$findings" ] || {
		printf '%s' "$findings"
		return 1
	}
}

@test "run fails and leaves nothing when a step of the parent fails" {
	use_everything
	walk judge_run fail parent
}

@test "run fails and leaves nothing when the parent is killed at a step" {
	use_everything
	walk judge_run kill parent
}

@test "run fails and leaves nothing when a step of the process in the middle fails" {
	use_a_middle
	walk judge_run fail middle
}

@test "run fails and leaves nothing when the process in the middle is killed at a step" {
	use_a_middle
	walk judge_run kill middle
}

@test "run fails and leaves nothing when a step of the first process fails" {
	walk judge_run fail init
}

@test "run fails and leaves nothing when a step of the first process fails and there is something to undo" {
	use_everything
	walk judge_run fail init
}

@test "run fails and leaves nothing when the first process is killed at a step" {
	use_everything
	walk judge_run kill init
}

@test "create fails and leaves nothing when a step of the parent fails" {
	use_everything
	walk judge_create fail parent
}

@test "create fails and leaves nothing when the parent is killed at a step" {
	use_everything
	walk judge_create kill parent
}

@test "create fails and leaves nothing when a step of the process in the middle fails or is killed" {
	use_a_middle
	walk judge_create fail middle
	walk judge_create kill middle
}

@test "create or start fails and leaves nothing when a step of the first process fails" {
	use_everything
	walk judge_create fail init
}

@test "create or start fails and leaves nothing when the first process is killed at a step" {
	use_everything
	walk judge_create kill init
}
