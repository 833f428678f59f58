#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# ps: the processes of a container, as the host sees them.

load load

begin ()
{
	args sh -c 'sleep 1234 & sleep 1235 & touch /tmp/ready; wait'
	run_detached
	wait_for 5 test -e "$BUNDLE/rootfs/tmp/ready"
	PID=$(container_pid)
}

@test "ps --format json is an array of all pids" {
	begin
	run --separate-stderr runtime ps --format json "$ID"
	expect_status 0
	[ "$(jq length <<<"$output")" = 3 ]
	[ "$(jq "index($PID) != null" <<<"$output")" = true ]
	[ "$(jq 'map(type) | unique | .[]' -r <<<"$output")" = number ]
	local pid
	for pid in $(jq '.[]' <<<"$output"); do
		[ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$PID/ns/pid")" ]
	done
	run runtime ps -f json "$ID"
	expect_status 0
}

@test "ps shows a table as the host's ps does, of the container alone" {
	begin
	run runtime ps "$ID"
	expect_status 0
	[[ ${lines[0]} =~ ^UID\ +PID\ +PPID ]]
	[ "${#lines[@]}" = 4 ]
	expect_in_output 'sleep 1234'
	expect_in_output 'sleep 1235'
	run runtime ps --format table "$ID"
	[ "${#lines[@]}" = 4 ]
}

@test "options of ps are taken, as long as it shows the pids" {
	begin
	run runtime ps "$ID" -e -o pid,args
	expect_status 0
	[[ ${lines[0]} =~ ^\ +PID\ COMMAND ]]
	[ "${#lines[@]}" = 4 ]
	run runtime ps "$ID" -e -o stat,pid
	[ "${#lines[@]}" = 4 ]
	run runtime ps "$ID" aux
	[ "${#lines[@]}" = 4 ]
	run runtime ps "$ID" -e -o args
	expect_error PID
	run runtime ps "$ID" --nosuchoption
	expect_status 1
}

@test "ps shows what exec has brought in" {
	begin
	quietly runtime exec -d "$ID" sleep 1236
	run runtime ps "$ID"
	expect_in_output 'sleep 1236'
	[ "$(runtime ps --format json "$ID" | jq length)" = 4 ]
}

@test "ps of a stopped container is empty, of an unknown one an error" {
	args true
	run_detached
	wait_until_stopped
	run runtime ps --format json "$ID"
	expect_status 0
	# in Go an empty list is null
	[ "$(jq 'length' <<<"$output")" = 0 ]
	run runtime ps "$ID-other"
	expect_error 'does not exist'
	run runtime ps --format xml "$ID"
	expect_status 1
}
