#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# events: what a container uses, and that it ran out of memory, as the JSON that runc writes.

load load
load cgroups

teardown ()
{
	[ -z "${events:-}" ] || kill "$events" 2>/dev/null || true
	leave_nothing
}

begin ()
{
	args sleep 1000
	run_detached
}

# watch [OPTION...]: the events go to $T/events.
watch ()
{
	in_background "$RUNTIME" --root "$ROOT" events "$@" "$ID" >"$T/events"
	events=$!
}

has_lines ()
{
	[ "$(wc -l <"$T/events")" -ge "$1" ]
}

@test "events --stats shows what the container uses, once" {
	args sleep 1000
	config '.linux.resources.pids = { "limit": 50 } | .linux.resources.memory = { "limit": 67108864 }'
	run_detached
	run --separate-stderr runtime events --stats "$ID"
	expect_status 0
	[ "${#lines[@]}" = 1 ]
	[ "$(jq -r '.type, .id' <<<"$output")" = "stats
$ID" ]
	[ "$(jq .data.pids <<<"$output" -c)" = '{"current":1,"limit":50}' ]
	[ "$(jq .data.memory.usage.limit <<<"$output")" = 67108864 ]
	[ "$(jq '.data.memory.usage.usage > 0 and .data.cpu.usage.total > 0' <<<"$output")" = true ]
	[ "$(jq '.data.memory.raw | length > 10' <<<"$output")" = true ]
}

@test "the stats have the members that runc's have" {
	begin
	run --separate-stderr runtime events --stats "$ID"
	[ "$(jq -c '.data | keys' <<<"$output")" = \
		'["blkio","cpu","cpuset","hugetlb","intel_rdt","memory","network_interfaces","pids"]' ]
	[ "$(jq -c '.data.cpu | has("usage") and has("throttling")' <<<"$output")" = true ]
	[ "$(jq '.data.cpuset.cpus | map(type) | unique | .[0]' -r <<<"$output")" = number ]
	[ "$(jq '.data.pids | has("limit")' <<<"$output")" = false ]
	[ "$(jq '.data.hugetlb | map_values(has("failcnt")) | all' <<<"$output")" = true ]
}

@test "events shows the stats every interval, until the container ends" {
	begin
	watch --interval 200ms
	wait_for 5 has_lines 3
	[ "$(jq -r .type "$T/events" | sort -u)" = stats ]
	runtime kill "$ID" KILL
	wait "$events"
}

@test "an interval is a time, and not 0" {
	local interval
	begin
	for interval in 0 0s 5 -1s x '' 1y; do
		run runtime events --interval="$interval" "$ID"
		expect_status 1
	done
	watch --interval 1h
	sleep 0.5
	run ! has_lines 1
	runtime kill "$ID" KILL
	wait "$events"
}

@test "events tells when memory ran out" {
	needs_root "it may not limit"
	args sh -c 'while [ ! -e /go ]; do sleep 0.05; done; head -c 100000000 /dev/zero | tail; sleep 1000'
	config '.linux.resources.memory = { "limit": 16777216, "swap": 16777216 }'
	run_detached
	watch --interval 1h
	sleep 0.3
	touch "$BUNDLE/rootfs/go"
	wait_for 10 has_lines 1
	[ "$(jq -r 'select(.type == "oom") | .id' "$T/events" | head -n 1)" = "$ID" ]
	[ "$(jq -c keys "$T/events" | head -n 1)" = '["id","type"]' ]
	is_running
}

@test "the end of a container is no lack of memory" {
	begin
	watch --interval 1h
	sleep 0.3
	runtime delete --force "$ID"
	wait "$events"
	expect_file "$T/events" ''
}

@test "events of a container that has stopped or is not there is refused" {
	run runtime events --stats "$ID"
	expect_error 'does not exist'
	args true
	run_detached
	wait_until_stopped
	run runtime events --stats "$ID"
	expect_error 'not running'
	run runtime events "$ID"
	expect_error 'not running'
}

@test "a reader that has gone ends events" {
	begin
	run timeout 10 bash -c '"$@" | head -n 1 >/dev/null; exit "${PIPESTATUS[1]}"' - \
		"$RUNTIME" --root "$ROOT" events --interval 100ms "$ID"
	expect_status 0
}
