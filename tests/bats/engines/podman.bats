#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Podman, configured with contrib/podman/containers.conf; its storage and its networks are private.

load engine

setup_file ()
{
	needs podman conmon
	make_world
	mkdir -p "$E/etc/containers/containers.conf.d"
	drop_in podman/containers.conf >"$E/etc/containers/containers.conf.d/davit.conf"
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
	local id
	podman pod rm --force --time 0 "pod-$NAME" >/dev/null 2>&1
	id=$(podman inspect --type container --format '{{.Id}}' "$NAME" 2>/dev/null) || return 0
	podman rm --force --time 0 --volumes "$NAME" >/dev/null 2>&1
	expect_nothing_of "$id"
}

podman ()
{
	world podman --root "$E/storage" --runroot "$E/run" --tmpdir "$E/tmp" --storage-driver vfs \
		--cgroup-manager cgroupfs --events-backend none "$@"
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

@test "podman uses the runtime that contrib/podman/containers.conf names" {
	run podman info --format '{{.Host.OCIRuntime.Name}} {{.Host.OCIRuntime.Path}}'
	expect_output "davit $RUNTIME"
}

@test "podman takes the errors of the runtime as JSON, as contrib/podman/containers.conf says" {
	make_logged "$BATS_TEST_TMPDIR"
	drop_in podman/containers.conf "$BATS_TEST_TMPDIR/runtime" >"$BATS_TEST_TMPDIR/davit.conf"
	CONTAINERS_CONF=$BATS_TEST_TMPDIR/davit.conf podman_run --rm --network none busybox true
	grep -q -e '--log-format=json .*create' "$BATS_TEST_TMPDIR/log"
}

# What is typed into a shell: its terminal gets the size, an interrupt ends what runs, and all is well.
typed=(
	'# ' $'until [ "$(stty size)" = "33 99" ]; do sleep 0.1; done; echo si""zed\n'
	sized $'sh -c \'echo slee""ping; exec sleep 1000\'\n'
	sleeping $'\x03'
	'# ' $'exit 5\n'
)

@test "podman run -it gives a shell a terminal, its size, and Ctrl-C" {
	run dialog 33x99 "${typed[@]}" -- podman_run -it --rm --network none busybox sh
	expect_status 5
}

@test "podman exec -it gives a shell a terminal, its size, and Ctrl-C" {
	podman_run --detach --network none busybox sleep 1000
	run dialog 33x99 "${typed[@]}" -- podman exec -it "$NAME" sh
	expect_status 5
}

@test "podman exec runs a program in the container and returns its status" {
	podman_run --detach --network none busybox sleep 1000
	run podman exec --user 1000:1000 --workdir /tmp --env A=b "$NAME" sh -c 'echo $(id -u) $PWD $A; exit 9'
	expect_status 9
	expect_output '1000 /tmp b'
	run podman exec --interactive "$NAME" cat <<<'through'
	expect_output through
}

@test "podman exec gives 127 for a program that is missing, and 126 for one that can't be executed" {
	podman_run --detach --network none busybox sleep 1000
	run -127 podman exec "$NAME" nosuchprogram
	expect_in_output 'executable file'
	expect_in_output 'not found in $PATH'
	run -127 podman exec --tty "$NAME" nosuchprogram
	run -126 podman exec "$NAME" /etc/passwd
	run -126 podman exec "$NAME" /etc
}

@test "podman run of a program that is missing gives 127 with a terminal too" {
	run -127 podman_run --rm --tty --network none busybox nosuchprogram
	expect_in_output 'not found in $PATH'
}

@test "podman does not take for a missing program what is another failure" {
	run podman_run --rm --network none --device-cgroup-rule 'c 1:3 r' --sysctl net.nosuch=1 busybox true
	expect_failure
	[ "$status" != 127 ]
	[[ $output != *'command that was not found'* ]]
}

@test "podman logs has what the program wrote to each stream" {
	podman_run --detach --network none --log-driver k8s-file busybox sh -c 'echo out; echo err >&2'
	podman wait "$NAME"
	run --separate-stderr podman logs --follow "$NAME"
	expect_output out
	expect_errors err
}

@test "podman kill sends any signal; and a container that has stopped is left alone" {
	podman_run --detach --network none busybox sh -c 'trap "echo heard; exit 4" USR1; echo ready; while :; do sleep 0.05; done'
	wait_for 10 podman_logged ready
	podman kill --signal USR1 "$NAME"
	run podman wait "$NAME"
	expect_output 4
	run podman kill "$NAME"
	expect_failure
	podman stop "$NAME"
	podman rm --force "$NAME"
}

@test "podman kill finds out that a container has ended whose end nobody has noticed yet" {
	podman_run --detach --network none busybox sleep 1000
	local conmon
	conmon=$(podman inspect --format '{{.State.ConmonPid}}' "$NAME")
	world kill -STOP "$conmon"
	world kill -KILL "$(podman inspect --format '{{.State.Pid}}' "$NAME")"
	run podman kill "$NAME"
	world kill -CONT "$conmon"
	expect_in_output 'container not running'
	expect_in_output 'container state improper: stopped'
	run podman wait "$NAME"
	expect_output 137
	podman stop "$NAME"
}

@test "podman restart runs the program again" {
	podman_run --detach --network none busybox sh -c 'echo begun; exec sleep 1000'
	podman restart --time 0 "$NAME"
	wait_for 5 begun_twice
	[ "$(podman inspect --format '{{.State.Status}}' "$NAME")" = running ]
}

begun_twice ()
{
	[ "$(podman logs "$NAME" | grep -c begun)" = 2 ]
}

@test "podman pause stops a container for a while, and unpause lets it go on" {
	podman_run --detach --network none --log-driver k8s-file busybox sh -c 'while :; do date +%s%N; sleep 0.05; done'
	podman pause "$NAME"
	[ "$(podman inspect --format '{{.State.Status}}' "$NAME")" = paused ]
	local lines
	lines=$(podman logs "$NAME" | wc -l)
	sleep 0.5
	[ "$(podman logs "$NAME" | wc -l)" = "$lines" ]
	podman unpause "$NAME"
	wait_for 5 more_lines_than "$lines"
	podman pause "$NAME"
	podman rm --force --time 0 "$NAME"
}

more_lines_than ()
{
	[ "$(podman logs "$NAME" | wc -l)" -gt "$1" ]
}

@test "podman update changes the limits of a container that runs" {
	podman_run --detach --network none --memory 64m busybox sleep 1000
	podman update --memory 96m --memory-swap 96m --cpu-shares 512 --cpu-quota 50000 "$NAME"
	run podman exec "$NAME" sh -c 'cd /sys/fs/cgroup && cat memory/memory.limit_in_bytes cpu/cpu.shares cpu/cpu.cfs_quota_us'
	expect_output "$(printf '%s\n' 100663296 512 50000)"
}

@test "podman stats and top show what a container uses and runs" {
	podman_run --detach --network none --memory 64m busybox sleep 1000
	run podman stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.PIDs}}' "$NAME"
	expect_status 0
	[[ $output == "$NAME "*' / 67.11MB 1' ]]
	run podman top "$NAME"
	expect_status 0
	expect_in_output 'sleep 1000'
}

@test "a port that podman publishes answers on 127.0.0.1" {
	podman_run --detach --publish 127.0.0.1:8081:80 busybox sh -c 'while :; do echo answer | nc -l -p 80; done'
	wait_for 10 answers 8081
}

answers ()
{
	[ "$(world timeout 2 busybox nc 127.0.0.1 "$1" </dev/null)" = answer ]
}

@test "podman gives a container volumes, bind mounts and file systems in memory" {
	mkdir "$BATS_TEST_TMPDIR/bound"
	echo bound >"$BATS_TEST_TMPDIR/bound/file"
	run podman_run --rm --network none --read-only --volume "volume-$NAME:/volume" --tmpfs /memory:size=1m \
		--mount "type=bind,source=$BATS_TEST_TMPDIR/bound,target=/bound,readonly" busybox \
		sh -c 'cat /bound/file; touch /bound/x 2>/dev/null || echo read-only; echo kept >/volume/file; stat -f -c %T /memory; touch /x 2>/dev/null || echo read-only'
	expect_status 0
	expect_output "$(printf '%s\n' bound read-only tmpfs read-only)"
	run podman_run --rm --network none --volume "volume-$NAME:/volume" busybox cat /volume/file
	expect_output kept
	podman volume rm "volume-$NAME"
}

@test "podman runs a container without control groups" {
	run podman run --ulimit host --name "$NAME" --rm --network none --cgroups disabled busybox sh -c 'echo in'
	expect_status 0
	expect_output in
}

@test "podman build executes its RUN lines" {
	mkdir "$BATS_TEST_TMPDIR/context"
	cat >"$BATS_TEST_TMPDIR/context/Containerfile" <<-'END'
		FROM localhost/busybox
		RUN echo built >/built && id -u >>/built
		USER 1000
		WORKDIR /home
		RUN ["/bin/sh", "-c", "id -u; pwd"]
		CMD ["cat", "/built"]
	END
	run podman build --isolation oci --cgroup-parent "/$PARENT/build-$NAME" --network none --tag "localhost/built-$NAME" "$BATS_TEST_TMPDIR/context"
	expect_status 0
	expect_in_output $'1000\n/home'
	run podman_run --rm --network none "localhost/built-$NAME"
	expect_output $'built\n0'
	podman rmi --force "localhost/built-$NAME"
}

@test "podman sees by the health check how a container is" {
	podman_run --detach --network none --health-cmd 'test ! -e /ill' --health-interval disable --health-retries 1 busybox sleep 1000
	podman healthcheck run "$NAME"
	podman exec "$NAME" touch /ill
	run podman healthcheck run "$NAME"
	expect_status 1
}

@test "the containers of a podman pod share its namespaces, and end with it" {
	local id pod
	pod=$(podman pod create --cgroup-parent "/$PARENT" --network none --infra-image localhost/busybox \
		--infra-command 'sleep 1000000' --share net,ipc,uts,pid --hostname shared "pod-$NAME")
	podman run --detach --pod "pod-$NAME" --ulimit host --name "$NAME" busybox sh -c 'ip link set lo up; exec sleep 1000'
	run podman run --rm --pod "pod-$NAME" --ulimit host busybox sh -c 'hostname; ps -o args | grep -cx "sleep 1000"'
	expect_status 0
	expect_output $'shared\n1'
	id=$(podman inspect --format '{{.Id}}' "$NAME")
	podman pod pause "pod-$NAME"
	podman pod unpause "pod-$NAME"
	podman pod stop --time 0 "pod-$NAME"
	podman pod start "pod-$NAME"
	podman pod rm --force --time 0 "pod-$NAME"
	expect_nothing_of "$id"
	# podman makes it for the pod in each hierarchy, and removes it in those that have a controller
	find /sys/fs/cgroup -depth -type d -path "*/$PARENT/$pod*" -exec rmdir {} +
}
