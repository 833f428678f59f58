#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# run: from a bundle to the program's exit status, in one command.

load load

@test "run returns the program's exit status" {
	in_container 'exit 0'
	expect_status 0
	in_container 'exit 3'
	expect_status 3
}

@test "a program killed by a signal gives 128 and the signal's number" {
	args sleep 100
	runtime run --bundle "$BUNDLE" "$ID" &
	wait_for 5 is_running
	runtime kill "$ID" KILL
	status=0
	wait $! || status=$?
	expect_status 137
}

@test "the program's output and errors arrive whole and apart" {
	args sh -c 'echo one; echo two >&2'
	run --separate-stderr runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_output one
	expect_errors two
}
