#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# pause and resume; kill and delete of many at once.

load load

# A container that counts as long as it runs; $COUNT is where.
begin ()
{
	needs_root "its cgroup may not be frozen"
	COUNT=$BUNDLE/rootfs/tmp/count
	args sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/new; mv /tmp/new /tmp/count; done'
	run_detached
	wait_for 5 test -e "$COUNT"
}

counts ()
{
	local before
	before=$(cat "$COUNT")
	sleep 0.3
	[ "$(cat "$COUNT")" != "$before" ]
}

@test "pause stops all processes, resume lets them go on" {
	begin
	counts
	runtime pause "$ID"
	[ "$(container_status)" = paused ]
	[ "$(runtime list --format json | jq -r '.[0].status')" = paused ]
	run ! counts
	runtime resume "$ID"
	is_running
	counts
}

@test "pause of a paused container and resume of a running one are refused" {
	begin
	run runtime resume "$ID"
	expect_status 1
	is_running
	runtime pause "$ID"
	run runtime pause "$ID"
	is_davit || [ "$status" != 0 ] || skip 'this runc does not mind'
	expect_status 1
	[ "$(container_status)" = paused ]
}

@test "pause and resume of a container that is not there, or has stopped, are refused" {
	needs_root "its cgroup may not be frozen"
	run runtime pause "$ID"
	expect_error 'does not exist'
	run runtime resume "$ID"
	expect_error 'does not exist'
	args true
	run_detached
	wait_until_stopped
	run runtime pause "$ID"
	expect_status 1
	run runtime resume "$ID"
	expect_status 1
}

@test "a paused container is not started, and not deleted without --force" {
	begin
	runtime pause "$ID"
	run runtime start "$ID"
	expect_status 1
	run runtime delete "$ID"
	expect_status 1
	[ "$(container_status)" = paused ]
	runtime delete --force "$ID"
	nothing_is_left
}

@test "kill KILL ends a paused container" {
	begin
	runtime pause "$ID"
	runtime kill "$ID" KILL
	only_davit "and newer runc let it die at once"
	wait_until_stopped
}

@test "kill --all KILL ends a paused container" {
	begin
	runtime pause "$ID"
	run runtime kill --all "$ID" KILL
	only_davit "and newer runc let it die at once"
	expect_status 0
	wait_until_stopped
}

@test "another signal is there when a paused container is resumed" {
	begin
	args sh -c 'trap "echo got >/tmp/got" USR1; touch /tmp/ready; while :; do sleep 0.02; done'
	runtime delete --force "$ID"
	run_detached
	wait_for 5 test -e "$BUNDLE/rootfs/tmp/ready"
	runtime pause "$ID"
	runtime kill "$ID" USR1
	sleep 0.2
	[ ! -e "$BUNDLE/rootfs/tmp/got" ]
	runtime resume "$ID"
	wait_for 5 test -e "$BUNDLE/rootfs/tmp/got"
}

@test "update of a paused container changes its limits and leaves it paused" {
	begin
	runtime pause "$ID"
	runtime update --pids-limit 77 "$ID"
	[ "$(container_status)" = paused ]
}

# ---- many at once

# Three containers: ID-a and ID-b run, ID-c is created.
three ()
{
	only_davit "and crun have --regex"
	args sleep 1000
	quietly runtime run -d --bundle "$BUNDLE" "$ID-a"
	quietly runtime run -d --bundle "$BUNDLE" "$ID-b"
	quietly runtime create --bundle "$BUNDLE" "$ID-c"
}

@test "kill --regex sends the signal to all that match" {
	three
	runtime kill --regex "^$ID-[ac]$" KILL
	wait_until_stopped "$ID-a"
	wait_until_stopped "$ID-c"
	is_running "$ID-b"
	runtime kill -r '.*b$' KILL
	wait_until_stopped "$ID-b"
}

@test "kill --regex goes on when it fails for one, and fails" {
	three
	runtime kill "$ID-a" KILL
	wait_until_stopped "$ID-a"
	run runtime kill --regex "$ID" KILL
	expect_error "$ID-a: container not running"
	wait_until_stopped "$ID-b"
	wait_until_stopped "$ID-c"
}

@test "delete --regex removes all that match and may be removed" {
	three
	run runtime delete --regex "$ID-[bc]"
	expect_error "$ID-b"
	is_running "$ID-b"
	run runtime state "$ID-c"
	expect_error 'does not exist'
	runtime delete -f -r "$ID"
	[ "$(runtime list --quiet)" = '' ]
}

@test "--regex that matches none is no error, and one that makes no sense is" {
	three
	runtime delete --regex 'nosuch'
	runtime kill --regex 'nosuch'
	run runtime delete --force --regex '['
	expect_error "'['"
	run runtime kill --regex '('
	expect_status 1
	[ "$(runtime list --quiet | wc -l)" = 3 ]
}

@test "a container's name is no pattern without --regex" {
	three
	run runtime delete --force '.*'
	[ "$(runtime list --quiet | wc -l)" = 3 ]
}
