#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Containers of a user without any privilege: his ids, his control groups, and what he is told
# that he can't have.

load load

setup ()
{
	is_rootless || skip "for a user without privileges"
	make_container
}

# A user namespace with nobody in it but the caller, who is its root.
map_only_caller ()
{
	config --argjson uid "$(id -u)" --argjson gid "$(id -g)" '
		.linux.uidMappings = [ { "containerID": 0, "hostID": $uid, "size": 1 } ]
		| .linux.gidMappings = [ { "containerID": 0, "hostID": $gid, "size": 1 } ]
		| (.mounts[] | select(.type == "devpts")).options -= ["gid=5"]'
}

# Programs are looked for in a place that has all but these: without_programs NAME...
without_programs ()
{
	local name
	mkdir "$T/programs"
	cp -s /usr/sbin/* /usr/bin/* "$T/programs/" 2>/dev/null || true
	for name; do
		rm "$T/programs/$name"
	done
	export PATH=$T/programs
}

@test "the caller is root inside, and nobody else is there" {
	map_only_caller
	in_container 'id -u; id -g; cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups'
	expect_status 0
	[ "$(tr -s ' ' <<<"$output")" = "$(printf '0\n0\n 0 %s 1\n 0 %s 1\ndeny' "$(id -u)" "$(id -g)")" ]
}

@test "a single id needs no newuidmap" {
	map_only_caller
	without_programs newuidmap newgidmap
	in_container 'id -u'
	expect_status 0
	expect_output 0
}

@test "subordinate ids are mapped by newuidmap" {
	config '.process.capabilities[] += ["CAP_CHOWN"]'
	in_container 'touch /file && chown 1000:1000 /file && stat -c %u:%g /file'
	expect_status 0
	expect_output 1000:1000
	[ "$(stat -c %u "$BUNDLE/rootfs/file")" = $(($(sed -n "s/^$(id -un):\([0-9]*\):.*/\1/p" /etc/subuid) + 999)) ]
	in_container 'rm /file'
}

@test "without newuidmap the error says what is missing" {
	without_programs newuidmap newgidmap
	in_container true
	expect_failure
	expect_in_output newgidmap
}

@test "ids that aren't the caller's are an error, and nothing is left" {
	config '.linux.uidMappings[1].hostID = 500000'
	in_container true
	expect_failure
	expect_in_output newuidmap
}

@test "a user that is not mapped is an error that names him" {
	map_only_caller
	config '.process.user.uid = 1'
	in_container 'echo it runs'
	expect_failure
	[[ $output != *"it runs"* ]]
	only_davit "says which and why"
	expect_in_output 1
	expect_in_output mapp
}

@test "additional groups are an error where setgroups is denied" {
	map_only_caller
	config '.process.user.additionalGids = [ 7 ]'
	in_container 'echo it runs'
	expect_failure
	[[ $output != *"it runs"* ]]
}

@test "the config of spec --rootless runs as it is" {
	local terminal
	rm "$BUNDLE/config.json"
	runtime spec --rootless --bundle "$BUNDLE"
	[ "$(jq -r .process.terminal "$BUNDLE/config.json")" = true ]
	# Its program is a shell on a terminal.
	terminal="$RUNTIME --root $ROOT ${DAVIT_BATS_SYSTEMD:+--systemd-cgroup} run --bundle $BUNDLE $ID"
	run script -qec "$terminal" /dev/null <<<'echo "user $(id -u)"; exit'
	expect_status 0
	expect_in_output "user 0"
}

@test "a life of a container: create, start, exec, kill, delete" {
	args sleep 1000
	create
	[ "$(container_status)" = created ]
	runtime start "$ID"
	run runtime exec "$ID" id -u
	expect_output 0
	run runtime exec --user 1000:1000 "$ID" id -u
	expect_output 1000
	runtime kill "$ID" KILL
	wait_until_stopped
	runtime delete "$ID"
}

@test "state is kept in XDG_RUNTIME_DIR" {
	XDG_RUNTIME_DIR=$T/run
	export XDG_RUNTIME_DIR
	mkdir "$XDG_RUNTIME_DIR"
	# systemd is found there too.
	[ ! -e "/run/user/$(id -u)/bus" ] ||
		ln -s "/run/user/$(id -u)/bus" "/run/user/$(id -u)/systemd" "$XDG_RUNTIME_DIR"
	args sleep 1000
	quietly "$RUNTIME" ${DAVIT_BATS_SYSTEMD:+--systemd-cgroup} run --detach --bundle "$BUNDLE" "$ID"
	[ -d "$XDG_RUNTIME_DIR/${RUNTIME##*/}/$ID" ]
	[ "$("$RUNTIME" state "$ID" | jq -r .status)" = running ]
	"$RUNTIME" delete --force "$ID"
}

@test "limits hold where control groups are delegated" {
	needs_delegation
	needs_controller memory pids cpu
	config '.linux.resources += { "memory": { "limit": 67108864 }, "pids": { "limit": 30 },
		"cpu": { "quota": 50000, "period": 100000 } }'
	in_container 'cd /sys/fs/cgroup && cat memory.max pids.max cpu.max'
	expect_status 0
	expect_output $'67108864\n30\n50000 100000'
}

@test "without delegation a container runs, in the caller's cgroup" {
	! is_delegated || skip "control groups are delegated to this user"
	in_container 'echo it runs'
	expect_status 0
	expect_output "it runs"
}

@test "without delegation a limit is an error that says what is missing" {
	! is_delegated || skip "control groups are delegated to this user"
	config '.linux.resources.memory = { "limit": 67108864 }'
	in_container 'echo it runs'
	expect_failure
	[[ $output != *"it runs"* ]]
	expect_in_output cgroup
	only_davit "names the setting"
	expect_in_output /linux/resources
}

@test "pause without control groups is an error" {
	! is_delegated || skip "control groups are delegated to this user"
	args sleep 1000
	run_detached
	run runtime pause "$ID"
	expect_failure
	is_running
}

@test "device nodes are those of the host, for they can't be made" {
	in_container 'echo lost >/dev/null && head -c 4 /dev/zero | wc -c && ls -l /dev/urandom'
	expect_status 0
	expect_in_output 4
	expect_in_output "1,   9"
}

@test "mounts that need privilege are an error that names them" {
	config '.mounts += [ { "destination": "/disk", "type": "ext4", "source": "/dev/null" } ]'
	in_container 'echo it runs'
	expect_failure
	[[ $output != *"it runs"* ]]
	expect_in_output /disk
}

@test "a bind mount keeps the flags that the user may not lift" {
	local flags
	flags=$(findmnt -no OPTIONS -T /dev/shm)
	config '.mounts += [ { "destination": "/shm", "type": "bind", "source": "/dev/shm", "options": ["bind", "ro"] } ]'
	in_container 'grep " /shm " /proc/self/mountinfo'
	expect_status 0
	expect_in_output " ro"
	[[ $flags != *nosuid* ]] || expect_in_output nosuid
}

@test "the host's network is there for who asks for no namespace of it" {
	config '.linux.namespaces |= map(select(.type != "network"))
		| (.mounts[] | select(.type == "sysfs")) |=
			{ "destination": "/sys", "type": "bind", "source": "/sys", "options": ["rbind", "ro"] }'
	in_container 'readlink /proc/self/ns/net'
	expect_status 0
	expect_output "$(readlink /proc/self/ns/net)"
}

# podman ARGUMENT...: with storage of its own.
podman_with_davit ()
{
	local manager=cgroupfs
	! is_systemd || manager=systemd
	podman --runtime "$RUNTIME" --root "$T/storage" --runroot "$T/run" --storage-driver vfs \
		--events-backend none --cgroup-manager "$manager" "$@"
}

needs_podman ()
{
	command -v podman >/dev/null || skip "podman is not installed"
	args true
}

remove_storage ()
{
	# The root, too: it has files of subordinate users now.
	podman unshare rm -rf "$T/storage" "$T/run" "$BUNDLE"
}

@test "podman without root runs containers with it" {
	needs_podman
	run podman_with_davit run --rm --network none --rootfs "$BUNDLE/rootfs" \
		sh -c 'echo "user $(id -u)"; exit 7'
	expect_status 7
	expect_in_output "user 0"
	remove_storage
}

@test "podman without root limits containers" {
	needs_podman
	needs_delegation
	needs_controller memory pids
	run podman_with_davit run --rm --network none --memory 64m --pids-limit 30 \
		--rootfs "$BUNDLE/rootfs" sh -c 'cd /sys/fs/cgroup && cat memory.max pids.max'
	expect_status 0
	expect_in_output $'67108864\n30'
	remove_storage
}

@test "podman without root keeps the caller's id inside with --userns=keep-id" {
	needs_podman
	run podman_with_davit run --rm --network none --userns keep-id --rootfs "$BUNDLE/rootfs" \
		sh -c 'echo "user $(id -u)"; stat -c "owner %u" /bin/busybox'
	expect_status 0
	expect_in_output "user $(id -u)"
	expect_in_output "owner $(id -u)"
	remove_storage
}
