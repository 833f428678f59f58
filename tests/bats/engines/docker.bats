#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Docker: a daemon of our own, configured with contrib/docker/daemon.json.

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
	drop_in docker/daemon.json >"$E/daemon.json"
	daemon dockerd dockerd --config-file "$E/daemon.json" --data-root "$E/docker" --exec-root /run/docker --pidfile /run/docker.pid \
		--host unix:///run/docker.sock --containerd /run/containerd.sock --storage-driver vfs \
		--cgroup-parent "/$PARENT"
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
	local id
	id=$(docker inspect --format '{{.Id}}' "$NAME" 2>/dev/null) || return 0
	docker rm --force --volumes "$NAME" >/dev/null 2>&1
	expect_nothing_of "$id"
}

docker ()
{
	DOCKER_CONFIG=$E/docker-config world docker --host unix:///run/docker.sock "$@"
}

docker_run ()
{
	docker run --name "$NAME" "$@"
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
	run -127 docker_run --rm --tty --network none busybox nosuchprogram
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

@test "docker uses the runtime that contrib/docker/daemon.json names" {
	run docker info --format '{{.DefaultRuntime}} {{(index .Runtimes "davit").Path}}'
	expect_output "davit $RUNTIME"
	docker create --name "$NAME" busybox true
	run docker inspect --format '{{.HostConfig.Runtime}}' "$NAME"
	expect_output davit
}

# What is typed into a shell: its terminal gets the size, an interrupt ends what runs, and all is well.
typed=(
	'# ' $'until [ "$(stty size)" = "33 99" ]; do sleep 0.1; done; echo si""zed\n'
	sized $'sh -c \'echo slee""ping; exec sleep 1000\'\n'
	sleeping $'\x03'
	'# ' $'exit 5\n'
)

@test "docker run -it gives a shell a terminal, its size, and Ctrl-C" {
	run dialog 33x99 "${typed[@]}" -- docker_run -it --rm --network none busybox sh
	expect_status 5
}

@test "docker exec -it gives a shell a terminal, its size, and Ctrl-C" {
	docker_run --detach --network none busybox sleep 1000
	run dialog 33x99 "${typed[@]}" -- docker exec -it "$NAME" sh
	expect_status 5
}

@test "docker exec runs a program in the container and returns its status" {
	docker_run --detach --network none busybox sleep 1000
	run docker exec --user 1000:1000 --workdir /tmp --env A=b "$NAME" sh -c 'echo $(id -u) $PWD $A; exit 9'
	expect_status 9
	expect_output '1000 /tmp b'
	run docker exec --interactive "$NAME" cat <<<'through'
	expect_output through
}

# Docker 23 and later make 127 of these words; before, all that fails is 126.
@test "docker exec tells a program that is missing from one that can't be executed" {
	docker_run --detach --network none busybox sleep 1000
	run docker exec "$NAME" nosuchprogram
	[ "$status" = 126 ] || [ "$status" = 127 ]
	expect_in_output 'exec: "nosuchprogram": executable file not found in $PATH'
	run -126 docker exec "$NAME" /etc/passwd
	expect_in_output 'permission denied'
	run docker exec --tty "$NAME" nosuchprogram
	expect_in_output 'executable file not found in $PATH'
}

@test "docker logs has what the program wrote to each stream" {
	docker_run --detach --network none busybox sh -c 'echo out; echo err >&2'
	docker wait "$NAME"
	run --separate-stderr docker logs --follow "$NAME"
	expect_output out
	expect_errors err
}

@test "docker stop kills a program that does not heed SIGTERM" {
	docker_run --detach --network none busybox sleep 1000
	docker stop --time 1 "$NAME"
	run docker wait "$NAME"
	expect_output 137
}

@test "docker kill sends any signal; and a container that has stopped is left alone" {
	docker_run --detach --network none busybox sh -c 'trap "echo heard; exit 4" USR1; echo ready; while :; do sleep 0.05; done'
	wait_for 10 docker_logged ready
	docker kill --signal USR1 "$NAME"
	run docker wait "$NAME"
	expect_output 4
	run docker kill "$NAME"
	expect_in_output 'is not running'
	docker stop "$NAME"
	docker rm --force "$NAME"
}

@test "docker restart runs the program again" {
	docker_run --detach --network none busybox sh -c 'echo begun; exec sleep 1000'
	docker restart --time 0 "$NAME"
	[ "$(docker logs "$NAME" | grep -c begun)" = 2 ]
	[ "$(docker inspect --format '{{.State.Status}}' "$NAME")" = running ]
}

@test "docker pause stops a container for a while, and unpause lets it go on" {
	docker_run --detach --network none busybox sh -c 'while :; do date +%s%N; sleep 0.05; done'
	docker pause "$NAME"
	[ "$(docker inspect --format '{{.State.Status}}' "$NAME")" = paused ]
	local lines
	lines=$(docker logs "$NAME" | wc -l)
	sleep 0.5
	[ "$(docker logs "$NAME" | wc -l)" = "$lines" ]
	docker unpause "$NAME"
	wait_for 5 more_lines_than "$lines"
	docker pause "$NAME"
	docker rm --force "$NAME"
}

more_lines_than ()
{
	[ "$(docker logs "$NAME" | wc -l)" -gt "$1" ]
}

@test "docker update changes the limits of a container that runs" {
	docker_run --detach --network none --memory 64m busybox sleep 1000
	docker update --memory 96m --memory-swap 96m --pids-limit 30 --cpu-shares 512 --cpu-quota 50000 "$NAME"
	run docker exec "$NAME" sh -c 'cd /sys/fs/cgroup && cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.shares cpu/cpu.cfs_quota_us'
	expect_output "$(printf '%s\n' 100663296 30 512 50000)"
}

@test "docker stats and top show what a container uses and runs" {
	docker_run --detach --network none --memory 64m busybox sleep 1000
	run docker stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.PIDs}}' "$NAME"
	expect_status 0
	[[ $output == "$NAME "*' / 64MiB 1' ]]
	run docker top "$NAME"
	expect_status 0
	expect_in_output 'sleep 1000'
}

@test "a port that docker publishes answers on 127.0.0.1" {
	docker_run --detach --publish 127.0.0.1:8080:80 busybox sh -c 'while :; do echo answer | nc -l -p 80; done'
	wait_for 10 answers 8080
}

answers ()
{
	[ "$(world timeout 2 busybox nc 127.0.0.1 "$1" </dev/null)" = answer ]
}

@test "docker gives a container volumes, bind mounts and file systems in memory" {
	mkdir "$BATS_TEST_TMPDIR/bound"
	echo bound >"$BATS_TEST_TMPDIR/bound/file"
	run docker_run --rm --network none --volume "volume-$NAME:/volume" --tmpfs /memory:size=1m \
		--mount "type=bind,source=$BATS_TEST_TMPDIR/bound,target=/bound,readonly" busybox \
		sh -c 'cat /bound/file; touch /bound/x 2>/dev/null || echo read-only; echo kept >/volume/file; stat -f -c %T /memory'
	expect_status 0
	expect_output "$(printf '%s\n' bound read-only tmpfs)"
	run docker_run --rm --network none --volume "volume-$NAME:/volume" busybox cat /volume/file
	expect_output kept
	docker volume rm "volume-$NAME"
}

@test "docker build executes its RUN lines" {
	mkdir "$BATS_TEST_TMPDIR/context"
	cat >"$BATS_TEST_TMPDIR/context/Dockerfile" <<-'END'
		FROM busybox
		RUN echo built >/built && id -u >>/built
		USER 1000
		WORKDIR /home
		RUN ["/bin/sh", "-c", "id -u; pwd"]
		CMD ["cat", "/built"]
	END
	DOCKER_BUILDKIT=0 run docker build --network none --tag "built-$NAME" "$BATS_TEST_TMPDIR/context"
	expect_status 0
	expect_in_output $'1000\n/home'
	run docker_run --rm --network none "built-$NAME"
	expect_output $'built\n0'
	printf 'FROM busybox\nRUN exit 42\n' >"$BATS_TEST_TMPDIR/context/Dockerfile"
	DOCKER_BUILDKIT=0 run docker build --network none "$BATS_TEST_TMPDIR/context"
	expect_in_output 'returned a non-zero code: 42'
	docker rmi --force "built-$NAME"
}

@test "docker sees by the health check how a container is" {
	docker_run --detach --network none --health-cmd 'test ! -e /ill' --health-interval 1s --health-retries 1 busybox sleep 1000
	wait_for 15 health_is healthy
	docker exec "$NAME" touch /ill
	wait_for 15 health_is unhealthy
}

health_is ()
{
	[ "$(docker inspect --format '{{.State.Health.Status}}' "$NAME")" = "$1" ]
}

@test "docker removes a container that the runtime has forgotten" {
	docker_run --detach --network none busybox sleep 1000
	local id
	id=$(docker inspect --format '{{.Id}}' "$NAME")
	world "$RUNTIME" --root /run/docker/runtime-runc/moby delete --force "$id"
	docker rm --force "$NAME"
	expect_nothing_of "$id"
}
