#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The terminal: handed to an engine through a socket, or the runtime's own in the foreground.

load load
load terminal

setup ()
{
	make_container
	config '.process.terminal = true'
}

teardown ()
{
	stop_listening
	leave_nothing
}

@test "the terminal of a created container goes to the console socket" {
	listen
	args sh -c 'tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all three'
	create --console-socket "$T/socket"
	runtime start "$ID"
	wait_for 5 grep -q 'all three' "$T/screen"
	grep -q '^/dev/\(pts/0\|console\)' "$T/screen"
}

@test "the terminal of a detached container goes to the console socket" {
	listen
	args sh -c 'echo on the screen'
	run_detached --console-socket "$T/socket"
	wait_for 5 grep -q 'on the screen' "$T/screen"
}

@test "what is typed arrives at the program" {
	listen
	args sh -c 'read -r line; echo "got $line"'
	run_detached --console-socket "$T/socket"
	echo something typed >&7
	wait_for 5 grep -q 'got something typed' "$T/screen"
}

@test "the terminal is the program's controlling one: ^C is a SIGINT for it" {
	listen
	args sh -c 'trap "echo interrupted; exit" INT; echo ready; while :; do sleep 0.02; done'
	run_detached --console-socket "$T/socket"
	wait_for 5 grep -q ready "$T/screen"
	printf '\003' >&7
	wait_for 5 grep -q interrupted "$T/screen"
	wait_until_stopped
}

@test "the terminal's size is the config's consoleSize" {
	listen
	config '.process.consoleSize = { "height": 33, "width": 144 }'
	args stty size
	run_detached --console-socket "$T/socket"
	wait_for 5 grep -q '33 144' "$T/screen"
}

@test "a change of the size by the engine is seen by the program" {
	listen 42 123
	args sh -c 'sleep 0.3; stty size'
	run_detached --console-socket "$T/socket"
	wait_for 5 grep -q '42 123' "$T/screen"
}

@test "/dev/console is the terminal" {
	listen
	args sh -c 'echo written to the console >/dev/console; stat -c %t:%T /dev/console'
	run_detached --console-socket "$T/socket"
	wait_for 5 grep -q 'written to the console' "$T/screen"
	# 136 is the major number of a pts
	wait_for 5 grep -q '^88:' "$T/screen"
}

@test "the terminal belongs to the program's user" {
	listen
	config '.process.user = { "uid": 1000, "gid": 1000 }'
	args sh -c 'stat -c "owner %u" /dev/pts/0; echo again >/dev/tty'
	run_detached --console-socket "$T/socket"
	wait_for 5 grep -q again "$T/screen"
	grep -q 'owner 1000' "$T/screen"
}

@test "the program dies of SIGHUP when the engine closes the terminal" {
	listen
	args sh -c 'trap "echo hup >/tmp/hup; exit" HUP; echo ready; while :; do sleep 0.02; done'
	run_detached --console-socket "$T/socket"
	wait_for 5 grep -q ready "$T/screen"
	kill "$console"
	wait_until_stopped
	[ -e "$BUNDLE/rootfs/tmp/hup" ]
}

@test "a terminal without a console socket is refused where nobody would hold it" {
	args true
	run create
	expect_error 'console socket'
	run run_detached
	expect_error 'console socket'
	nothing_is_left
}

@test "a console socket without a terminal is refused" {
	config '.process.terminal = false'
	args true
	run create --console-socket "$T/socket"
	expect_error 'console socket'
	nothing_is_left
}

@test "a console socket that nobody listens on fails create, and nothing is left" {
	args true
	run create --console-socket "$T/nosuch"
	expect_status 1
	nothing_is_left
}

@test "an error comes through with a terminal too" {
	listen
	args nosuchprogram
	run create --console-socket "$T/socket"
	expect_error 'executable file not found in $PATH'
	nothing_is_left
}

@test "run in the foreground gives the program a terminal of its own" {
	args sh -c 'tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all three'
	in_foreground "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_in_output 'all three'
}

@test "run in the foreground returns the program's status" {
	args sh -c 'exit 5'
	in_foreground "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 5
}

@test "run in the foreground hands on the last byte that the program wrote" {
	args sh -c 'for i in $(seq 1 3000); do echo line $i; done; printf end'
	in_foreground "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[ "${output%%end*}" != "$output" ]
	[ "$(grep -c 'line [0-9]*$' <<<"$output")" = 3000 ]
}

@test "run in the foreground hands on what is typed" {
	args sh -c 'read -r line; echo "got $line"'
	run bash -c '(sleep 0.7; echo typed words; sleep 0.5) | script --quiet --return --command "$1" /dev/null' \
		- "$RUNTIME --root $ROOT run --bundle $BUNDLE $ID"
	expect_status 0
	expect_in_output 'got typed words'
}

@test "run in the foreground takes the size of the terminal that it is called from" {
	# runc sets it when the program is at work already
	args sh -c "$(is_davit || echo 'sleep 0.3;') stty size"
	in_foreground sh -c 'stty rows 31 cols 77; "$@"' sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_in_output '31 77'
}

@test "run in the foreground leaves the terminal as it was" {
	args true
	in_foreground sh -c 'stty -a >'"$T/before"'; "$@"; stty -a >'"$T/after" \
		sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
	cmp "$T/before" "$T/after"
	args nosuchprogram
	in_foreground sh -c '"$@"; stty -a >'"$T/after" sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	cmp "$T/before" "$T/after"
}

@test "run in the foreground needs no terminal of its own" {
	only_davit "runs with a terminal for the program when standard input is none"
	args sh -c '[ -t 1 ] && echo terminal'
	run runtime run --bundle "$BUNDLE" "$ID" </dev/null
	expect_status 0
	expect_in_output terminal
}

@test "run in the foreground says nothing to the program when its own reader goes away" {
	only_davit "takes a SIGPIPE of its own for one that is meant for the program"
	args sh -c 'trap "exit 7" PIPE; i=0; while [ $i -lt 300 ]; do echo line; i=$((i + 1)); sleep 0.001; done; exit 3'
	run bash -c '"$@" </dev/null | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"' - \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 3
}

@test "consoleSize without a terminal is ignored" {
	config '.process.terminal = false | .process.consoleSize = { "height": 33, "width": 144 }'
	in_container 'echo ran'
	expect_status 0
	expect_output ran
}

@test "a terminal without a devpts in the container works, /dev being the host's kind of tmpfs" {
	listen
	config 'del(.mounts[] | select(.destination == "/dev/pts"))'
	args sh -c 'echo no devpts'
	run run_detached --console-socket "$T/socket"
	is_davit || [ "$status" = 0 ] || skip 'runc refuses it'
	expect_failure
	nothing_is_left
}
