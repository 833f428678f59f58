#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Readiness, as a service manager is told it: the program's word is passed on, with its pid on the host.

load load

setup ()
{
	make_container
	needs_root "the manager's socket is root's here"
}

teardown ()
{
	[ -z "${manager:-}" ] || kill "$manager" 2>/dev/null || true
	leave_nothing
}

# The service manager: what it is told on the socket $1 goes to $T/told, a message a line.
manage ()
{
	python3 - "$1" >"$T/told" 3>&- <<'END' &
import socket, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + name[1:] if name[0] == "@" else name)
while True:
    print(s.recv(4096).decode().replace("\n", ";"), flush=True)
END
	manager=$!
	wait_for 5 grep -q -F "$1" /proc/net/unix
	export NOTIFY_SOCKET=$1
}

# program SCRIPT: the container's program, in which `notify TEXT` tells the socket of its environment.
program ()
{
	cp "$HELPERS/notifier" "$BUNDLE/rootfs/bin/notify"
	args sh -c "$1"
}

told ()
{
	grep -q "$1" "$T/told"
}

@test "run tells the manager when the program is ready, with its pid" {
	manage "$T/manager"
	program 'notify READY=1; while [ ! -e /end ]; do sleep 0.05; done'
	in_background "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	wait_for 5 told READY=1
	told "MAINPID=$(container_pid)"
	touch "$BUNDLE/rootfs/end"
	wait $!
}

@test "run --detach returns when the program is ready, and not before" {
	manage "$T/manager"
	program 'sleep 0.7; touch /before; notify READY=1; sleep 1000'
	run_detached
	[ -e "$BUNDLE/rootfs/before" ]
	wait_for 5 told "READY=1;MAINPID=$(container_pid)"
}

@test "so does start of a container that was created with it" {
	manage "$T/manager"
	program 'sleep 0.7; touch /before; notify READY=1; sleep 1000'
	create
	[ ! -e "$BUNDLE/rootfs/before" ]
	runtime start "$ID"
	[ -e "$BUNDLE/rootfs/before" ]
	wait_for 5 told "READY=1;MAINPID=$(container_pid)"
}

@test "a program that ends without being ready holds nobody up" {
	manage "$T/manager"
	program 'exit 0'
	run timeout 20 "$RUNTIME" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	expect_status 0
	[ ! -s "$T/told" ]
}

@test "nothing else that the program says is passed on" {
	manage "$T/manager"
	program 'notify "MAINPID=1"; notify "STATUS=x"; notify "STOPPING=1"; notify "READY=12"; notify "X=1
READY=1"; sleep 1000'
	run_detached
	wait_for 5 told READY=1
	sleep 0.2
	[ "$(wc -l <"$T/told")" = 1 ]
	run ! grep -e STATUS -e STOPPING -e X= "$T/told"
}

@test "the socket may be an abstract one" {
	manage "@davit-test-$ID"
	program 'notify READY=1; sleep 1000'
	run_detached
	wait_for 5 told READY=1
}

@test "the program's socket is its own: the manager's is not in the container" {
	manage "$T/manager"
	# shellcheck disable=SC2016 # for the shell inside
	program 'echo "$NOTIFY_SOCKET"; ls -d "$NOTIFY_SOCKET"; notify READY=1'
	run_detached
	wait_for 5 told READY=1
	wait_for 5 grep -q notify.sock "$T/out"
	[ "$(sort -u "$T/out")" = /run/notify/notify.sock ]
}

@test "any user of the container may say it" {
	manage "$T/manager"
	config '.process.user = { "uid": 1000, "gid": 1000 }'
	program 'notify READY=1; sleep 1000'
	run_detached
	wait_for 5 told READY=1
}

@test "without a manager there is no socket" {
	# shellcheck disable=SC2016 # for the shell inside
	in_container 'echo "<$NOTIFY_SOCKET>"; ls /run/notify'
	expect_in_output '<>'
	expect_in_output 'No such file'
}
