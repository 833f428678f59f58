#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Podman with the runtime under test, its storage and its networks being private.

load engine

setup_file ()
{
	needs podman conmon
	make_world
	make_image "$E/image.tar"
	podman import "$E/image.tar" busybox >"$E/import.log" 2>&1 || {
		cat "$E/import.log"
		return 1
	}
}

teardown_file ()
{
	end_world
}

setup ()
{
	NAME=c$BATS_SUITE_TEST_NUMBER-$RANDOM
}

teardown ()
{
	podman rm --force --time 0 "$NAME" >/dev/null 2>&1 || true
}

podman ()
{
	world podman --root "$E/storage" --runroot "$E/run" --tmpdir "$E/tmp" --storage-driver vfs \
		--cgroup-manager cgroupfs --events-backend none --runtime "$RUNTIME" "$@"
}

# podman_run [OPTION...] IMAGE COMMAND...
podman_run ()
{
	podman run --cgroup-parent "/$PARENT" --ulimit host --name "$NAME" "$@"
}

@test "podman run returns the program's status and its output" {
	run podman_run --rm --network none busybox sh -c 'echo in; exit 7'
	expect_status 7
	expect_output in
}

@test "podman run leaves nothing" {
	podman_run --network none busybox true
	local id
	id=$(podman inspect --format '{{.Id}}' "$NAME")
	podman rm "$NAME"
	expect_nothing_of "$id"
}

@test "podman run works with the default network" {
	run podman_run --rm --cap-add NET_RAW busybox sh -c 'ip -4 addr show eth0 | grep -c inet; ping -c 1 -W 2 $(ip route | sed -n "s/default via \([0-9.]*\) .*/\1/p") >/dev/null && echo reached'
	if [[ $output == *iptables* || $output == *'could not find'*plugin* ]]; then
		skip "podman's network does not work on this host: $(head -n 1 <<<"$output")"
	fi
	expect_status 0
	expect_output "$(printf '1\nreached')"
}

@test "podman run gives 127 for a program that is missing, and 126 for one that can't be executed" {
	run -127 podman_run --rm --network none busybox nosuchprogram
	expect_in_output nosuchprogram
	run -126 podman_run --rm --network none busybox /etc/passwd
}

@test "podman run gives 137 for a program that is killed" {
	podman_run --detach --network none busybox sleep 1000
	podman kill --signal KILL "$NAME"
	run podman wait "$NAME"
	expect_output 137
}

@test "podman stop ends a program that handles SIGTERM" {
	podman_run --detach --network none busybox sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'
	wait_for 5 podman_logged ready
	podman stop --time 10 "$NAME"
	run podman wait "$NAME"
	expect_output 3
}

podman_logged ()
{
	podman logs "$NAME" | grep -q "$1"
}

@test "podman create, start, attach and rm work one after the other" {
	podman create --cgroup-parent "/$PARENT" --ulimit host --network none --name "$NAME" busybox sh -c 'echo started'
	run podman start --attach "$NAME"
	expect_status 0
	expect_output started
	podman rm "$NAME"
}

@test "podman run gives the program a terminal" {
	run podman_run --rm --tty --network none busybox sh -c '[ -t 1 ] && echo terminal'
	expect_status 0
	expect_in_output terminal
}

@test "podman run sets limits, user, host name and environment" {
	run podman_run --rm --network none --memory 64m --pids-limit 50 --user 1000:1000 --hostname there --env A=b busybox \
		sh -c 'echo $(id -u) $(hostname) $A; cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes'
	expect_status 0
	expect_output "$(printf '1000 there b\n50\n67108864')"
}

@test "podman run reports a failed create once, in the runtime's words" {
	run podman_run --rm --network none --workdir / --volume /nosuch/path:/x busybox true
	expect_failure
	run podman_run --rm --network none --sysctl kernel.shmmax=notanumber busybox true
	expect_failure
	expect_in_output shmmax
}

@test "podman exec runs a program in the container and returns its status" {
	can_exec
	podman_run --detach --network none busybox sleep 1000
	run podman exec "$NAME" sh -c 'echo inside; exit 9'
	expect_status 9
	expect_in_output inside
}

@test "podman pause and unpause work" {
	can_exec
	podman_run --detach --network none busybox sleep 1000
	podman pause "$NAME"
	podman unpause "$NAME"
}

# Commands that the runtime under test does not have are no concern of these tests.
can_exec ()
{
	"$RUNTIME" exec --help >/dev/null 2>&1 || skip 'the runtime has no exec yet'
}
