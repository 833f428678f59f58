#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Docker: a daemon of our own, with the runtime under test beside its default one.

load engine

setup_file ()
{
	needs dockerd docker containerd containerd-shim-runc-v2
	make_world
	mkdir "$E/containerd" "$E/docker" "$E/docker-config"
	cat >"$E/containerd.toml" <<-CONFIG
		version = 2
		root = "$E/containerd/root"
		state = "/run/containerd"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		address = "/run/containerd.sock"
	CONFIG
	daemon containerd containerd --config "$E/containerd.toml"
	wait_for 20 world ctr --address /run/containerd.sock version >/dev/null 2>&1
	daemon dockerd dockerd --data-root "$E/docker" --exec-root /run/docker --pidfile /run/docker.pid \
		--host unix:///run/docker.sock --containerd /run/containerd.sock --storage-driver vfs \
		--cgroup-parent "/$PARENT" --add-runtime "tested=$RUNTIME"
	wait_for 30 docker version >/dev/null 2>&1 || {
		tail -n 20 "$E/dockerd.log"
		return 1
	}
	make_image "$E/image.tar"
	docker import "$E/image.tar" busybox >"$E/import.log" 2>&1 || {
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
	docker rm --force "$NAME" >/dev/null 2>&1 || true
}

docker ()
{
	DOCKER_CONFIG=$E/docker-config world docker --host unix:///run/docker.sock "$@"
}

docker_run ()
{
	docker run --runtime tested --name "$NAME" "$@"
}

@test "docker run returns the program's status and its output" {
	run docker_run --rm --network none busybox sh -c 'echo in; exit 7'
	expect_status 7
	expect_output in
}

@test "docker run leaves nothing" {
	docker_run --network none busybox true
	local id
	id=$(docker inspect --format '{{.Id}}' "$NAME")
	docker rm "$NAME"
	expect_nothing_of "$id"
}

@test "docker run works with the default network" {
	run docker_run --rm busybox sh -c 'ip -4 addr show eth0 | grep -c inet; ping -c 1 -W 2 $(ip route | sed -n "s/default via \([0-9.]*\) .*/\1/p") >/dev/null && echo reached'
	expect_status 0
	expect_output "$(printf '1\nreached')"
}

@test "docker run gives 127 for a program that is missing, and 126 for one that can't be executed" {
	run -127 docker_run --rm --network none busybox nosuchprogram
	expect_in_output 'executable file not found in $PATH'
	run -126 docker_run --rm --network none busybox /etc/passwd
}

@test "docker run gives 137 for a program that is killed" {
	docker_run --detach --network none busybox sleep 1000
	docker kill "$NAME"
	run docker wait "$NAME"
	expect_output 137
}

@test "docker stop ends a program that handles SIGTERM" {
	docker_run --detach --network none busybox sh -c 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'
	wait_for 5 docker_logged ready
	docker stop --time 10 "$NAME"
	run docker wait "$NAME"
	expect_output 3
}

docker_logged ()
{
	docker logs "$NAME" | grep -q "$1"
}

@test "docker run gives the program a terminal" {
	docker_run --detach --tty --network none busybox sh -c '[ -t 1 ] && echo terminal'
	run docker wait "$NAME"
	expect_output 0
	run docker logs "$NAME"
	expect_in_output terminal
}

@test "docker run sets limits, user, host name, environment and a volume" {
	mkdir "$BATS_TEST_TMPDIR/volume"
	run docker_run --rm --network none --memory 64m --pids-limit 50 --user 1000:1000 --hostname there --env A=b \
		--volume "$BATS_TEST_TMPDIR/volume:/volume:ro" busybox \
		sh -c 'echo $(id -u) $(hostname) $A; cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/memory/memory.limit_in_bytes; touch /volume/x 2>/dev/null || echo read-only'
	expect_status 0
	expect_output "$(printf '1000 there b\n50\n67108864\nread-only')"
}

@test "docker run works in the host's namespaces" {
	run docker_run --rm --network host --pid host --ipc host --uts host busybox hostname
	expect_status 0
	expect_output "$(hostname)"
}

@test "docker run --privileged works, also where the host itself lacks a capability" {
	only_davit "warns of capabilities that can't be given"
	run docker_run --rm --privileged busybox sh -c 'mount -t tmpfs none /tmp && echo mounted'
	expect_status 0
	expect_output mounted
}

@test "docker exec runs a program in the container and returns its status" {
	"$RUNTIME" exec --help >/dev/null 2>&1 || skip 'the runtime has no exec yet'
	docker_run --detach --network none busybox sleep 1000
	run docker exec "$NAME" sh -c 'echo inside; exit 9'
	expect_status 9
	expect_in_output inside
}

@test "docker pause and unpause, and update, work" {
	"$RUNTIME" pause --help >/dev/null 2>&1 || skip 'the runtime has no pause yet'
	docker_run --detach --network none busybox sleep 1000
	docker pause "$NAME"
	docker unpause "$NAME"
	docker update --pids-limit 30 "$NAME"
}
