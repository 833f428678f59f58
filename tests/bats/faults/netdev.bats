#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A step fails, or the container's first process dies, when network devices have moved: they come back.
# Needs a build with --enable-fault-injection. All is done in a network namespace of the test's own.

load ../load

setup ()
{
	make_container
	args true
	DAVIT_FAULT='fail:parent/start the first process' run runtime run --bundle "$BUNDLE" "$ID"
	[[ $output == *'fault injected'* ]] || skip 'the runtime is not built with --enable-fault-injection'
	unshare --net sleep 100 </dev/null >/dev/null 2>&1 3>&- &
	harbour=$!
	wait_for 5 grep -qs '^sleep' "/proc/$harbour/cmdline"
	at_home ip link add v0 type veth peer name v1 2>/dev/null || skip 'the kernel has no veth interfaces'
	at_home ip address add 10.1.2.3/24 dev v0
	at_home ip link set v0 up
	config '.linux.netDevices = { "v0": { "name": "sea" } }'
}

teardown ()
{
	leave_nothing
	[ -z "${harbour-}" ] || kill "$harbour" 2>/dev/null || true
}

at_home () { nsenter --net="/proc/$harbour/ns/net" "$@"; }

# comes_back FAULT: create fails with it, and the device is at home as before.
comes_back ()
{
	DAVIT_FAULT=$1 run quietly at_home timeout --signal KILL 20 "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	expect_failure
	at_home ip -o address show dev v0 | grep -q 10.1.2.3/24
	at_home ip -o link show dev v0 | grep -q '[,<]UP[,>]'
	nothing_is_left
}

@test "network devices come back when a step of the parent fails behind their move" {
	comes_back 'fail:parent/move the network devices'
	comes_back 'fail:parent/tell: network devices are there'
	comes_back 'fail:parent/wait: init is ready'
	comes_back 'fail:parent/send the pidfd'
}

@test "network devices come back when the first process fails or dies behind their move" {
	local how
	for how in fail kill; do
		comes_back "$how:init/wait: network devices are there"
		comes_back "$how:init/pivot into the root"
		comes_back "$how:init/become the user"
		comes_back "$how:init/tell: ready"
	done
}
