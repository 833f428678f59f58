#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run in the foreground: signals to the runtime are meant for the program.

load load

# The program says which signals it gets, and ends with 99 upon SIGTERM.
start_in_foreground ()
{
	args sh -c 'for s in HUP INT QUIT USR1 USR2 CONT WINCH; do trap "echo $s" $s; done
		trap "echo TERM; exit 99" TERM
		echo ready; while :; do sleep 0.02; done'
	in_background "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null >"$T/out"
	foreground=$!
	wait_for 5 grep -q ready "$T/out"
}

teardown ()
{
	[ -z "${foreground:-}" ] || kill -KILL "$foreground" 2>/dev/null || true
	leave_nothing
}

@test "SIGTERM to the runtime reaches the program, whose status is returned" {
	start_in_foreground
	kill -TERM "$foreground"
	status=0
	wait "$foreground" || status=$?
	expect_status 99
	expect_file "$T/out" "$(printf 'ready\nTERM')"
}

@test "SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 to the runtime reach the program" {
	start_in_foreground
	for signal in INT HUP QUIT USR1 USR2; do
		kill -s "$signal" "$foreground"
		wait_for 5 grep -q "^$signal" "$T/out"
	done
	is_running
	kill -TERM "$foreground"
	wait "$foreground" || true
}

@test "SIGCHLD and SIGPIPE to the runtime do no harm" {
	start_in_foreground
	kill -CHLD "$foreground"
	kill -PIPE "$foreground"
	sleep 0.1
	is_running
	kill -TERM "$foreground"
	status=0
	wait "$foreground" || status=$?
	expect_status 99
}

@test "the runtime that is killed by SIGKILL leaves a container that delete --force removes" {
	start_in_foreground
	kill -KILL "$foreground"
	wait "$foreground" || true
	runtime delete --force "$ID"
	nothing_is_left
}

@test "a program that a signal ends gives 128 and the signal's number" {
	# a pid namespace's first process is safe from signals that it does not handle
	config 'del(.linux.namespaces[] | select(.type == "pid"))'
	for signal in TERM:143 USR1:138 SEGV:139 KILL:137; do
		in_container "kill -s ${signal%:*} \$\$; sleep 5"
		expect_status "${signal#*:}"
	done
}

@test "a change of the window's size reaches the program" {
	config '.process.terminal = true'
	args sh -c 'trap "stty size" WINCH; echo ready; for i in $(seq 200); do sleep 0.02; done'
	run timeout 20 script --quiet --return --command "
		stty rows 20 cols 60
		terminal=\$(tty)
		(sleep 1.2; stty -F \$terminal rows 44 cols 111) &
		$RUNTIME --root $ROOT run --bundle $BUNDLE $ID" "$T/typescript" </dev/null
	expect_in_output '44 111'
}

@test "a window size that changes while no terminal is used does no harm" {
	start_in_foreground
	kill -WINCH "$foreground"
	sleep 0.1
	is_running
	kill -TERM "$foreground"
	status=0
	wait "$foreground" || status=$?
	expect_status 99
}

@test "children that the program leaves behind end with it" {
	in_container 'sleep 100 & sleep 100 & exit 4'
	expect_status 4
	nothing_is_left
}

@test "SIGTERM while create is busy leaves nothing" {
	config '.hooks.createRuntime = [ { "path": "/bin/sh", "args": [ "sh", "-c", "touch \($t)/begun; sleep 3" ] } ]' --arg t "$T"
	args true
	in_background "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
	foreground=$!
	wait_for 5 [ -e "$T/begun" ]
	kill -TERM "$foreground"
	status=0
	wait "$foreground" || status=$?
	# runc goes on
	if is_davit; then expect_failure; else runtime delete --force "$ID"; fi
	wait_for 5 nothing_is_left
}
