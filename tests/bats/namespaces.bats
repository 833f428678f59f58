#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Namespaces: new ones, those that exist already, and the host's.

load load

# The words of /proc/PID/ns for the spec's words.
declare -gA file_of=([pid]=pid [network]=net [mount]=mnt [ipc]=ipc [uts]=uts [user]=user
	[cgroup]=cgroup [time]=time)

# new TYPE: adds a new namespace to the config. without TYPE: the host's is used.
new () { config --arg type "$1" '.linux.namespaces += [ { "type": $type } ]'; }
without () { config --arg type "$1" 'del(.linux.namespaces[] | select(.type == $type))'; }

# joined TYPE PATH: the config names a namespace that exists.
joined ()
{
	without "$1"
	config --arg type "$1" --arg path "$2" '.linux.namespaces += [ { "type": $type, "path": $path } ]'
}

map_ids ()
{
	needs_root "the container has a user namespace already"
	config --argjson n "${1:-65536}" '.linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": $n } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
}

# a_process_with UNSHARE_OPTION...: starts a process in new namespaces; its id is in $a_process. It
# ends with the test. A user namespace gets the same id maps as map_ids.
a_process_with ()
{
	needs_root "the namespaces to join are root's"
	unshare "$@" sleep 100 </dev/null >/dev/null 2>&1 3>&- &
	a_process=$!
	wait_for 5 sleeps "$a_process"
	if [[ " $* " == *' --user '* ]]; then
		echo 0 100000 65536 >"/proc/$a_process/uid_map"
		echo 0 100000 65536 >"/proc/$a_process/gid_map"
	fi
}

sleeps ()
{
	grep -qs '^sleep' "/proc/$1/cmdline"
}

teardown ()
{
	[ -z "${a_process:-}" ] || kill "$a_process" 2>/dev/null || true
	leave_nothing
}

# inside TYPE: which namespace of this type the program is in.
inside ()
{
	in_container "readlink /proc/self/ns/${file_of[$1]}"
	expect_status 0
}

@test "every namespace of the config is a new one" {
	for type in pid network mount ipc uts cgroup; do
		inside "$type"
		[ "$output" != "$(readlink "/proc/self/ns/${file_of[$type]}")" ]
	done
}

@test "a namespace that the config does not name is the host's" {
	config 'del(.hostname)'
	for type in pid network ipc uts cgroup; do
		without "$type"
	done
	# without new ones a sysfs and a mqueue can't always be had, and nobody asked for them
	config 'del(.mounts[] | select(.type == "mqueue"))'
	for type in pid network ipc uts cgroup; do
		inside "$type"
		expect_output "$(readlink "/proc/self/ns/${file_of[$type]}")"
	done
}

@test "a new user namespace has the id maps of the config" {
	new user
	map_ids 1000
	in_container 'cat /proc/self/uid_map /proc/self/gid_map; id -u; id -g'
	expect_status 0
	[ "$(awk '{ print $1, $2, $3 }' <<<"${lines[0]}")" = '0 100000 1000' ]
	[ "$(awk '{ print $1, $2, $3 }' <<<"${lines[1]}")" = '0 100000 1000' ]
	[ "${lines[2]}:${lines[3]}" = 0:0 ]
}

@test "files of the container belong to the mapped user outside" {
	new user
	map_ids
	in_container 'touch /tmp/file; chown 5:6 /tmp/file'
	config '.process.capabilities.bounding += [ "CAP_CHOWN" ] | .process.capabilities.permitted += [ "CAP_CHOWN" ]
		| .process.capabilities.effective += [ "CAP_CHOWN" ]'
	in_container 'touch /tmp/file; chown 5:6 /tmp/file'
	expect_status 0
	[ "$(stat -c %u:%g "$BUNDLE/rootfs/tmp/file")" = 100005:100006 ]
}

@test "several id maps are written as they are" {
	needs_root "the container has a user namespace already"
	new user
	config '.linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 10 },
			{ "containerID": 500, "hostID": 200000, "size": 20 } ]
		| .linux.gidMappings = [ { "containerID": 0, "hostID": 100000, "size": 30 },
			{ "containerID": 700, "hostID": 300000, "size": 40 } ]'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
	in_container 'cat /proc/self/uid_map /proc/self/gid_map'
	expect_status 0
	[ "$(awk '{ print $1, $2, $3 }' <<<"$output")" = \
		"$(printf '0 100000 10\n500 200000 20\n0 100000 30\n700 300000 40')" ]
}

@test "a user namespace without id maps, and id maps without one, are refused" {
	needs_root "the container has a user namespace already"
	new user
	in_container true
	expect_failure
	without user
	only_davit "refuses id maps without a user namespace"
	map_ids
	in_container true
	expect_status 1
	nothing_is_left
}

@test "a user namespace works with every other namespace and with the host's pid namespace" {
	new user
	map_ids
	without pid
	config '(.mounts[] | select(.destination == "/proc")) = {
		"destination": "/proc", "type": "bind", "source": "/proc", "options": [ "rbind" ] }'
	in_container 'id -u'
	expect_status 0
	expect_output 0
}

@test "a network namespace is joined by its path" {
	a_process_with --net
	joined network "/proc/$a_process/ns/net"
	inside network
	expect_output "$(readlink "/proc/$a_process/ns/net")"
}

@test "ipc, uts and cgroup namespaces are joined by their paths" {
	a_process_with --ipc --uts --cgroup
	config 'del(.hostname)'
	for type in ipc uts cgroup; do
		joined "$type" "/proc/$a_process/ns/${file_of[$type]}"
	done
	for type in ipc uts cgroup; do
		inside "$type"
		expect_output "$(readlink "/proc/$a_process/ns/${file_of[$type]}")"
	done
}

@test "a pid namespace is shared with another container, whose processes are seen" {
	needs_root "each container's user namespace is another one"
	args sleep 100
	run_detached
	local first=$ID
	joined pid "/proc/$(container_pid)/ns/pid"
	ID=$ID-second
	in_container 'readlink /proc/self/ns/pid; tr "\0" " " </proc/1/cmdline'
	expect_status 0
	expect_output "$(readlink "/proc/$(container_pid "$first")/ns/pid")
sleep 100 "
}

@test "the end of a container that shares a pid namespace does not end the other" {
	needs_root "each container's user namespace is another one"
	args sleep 100
	run_detached
	local first=$ID
	joined pid "/proc/$(container_pid)/ns/pid"
	ID=$ID-second
	run_detached
	runtime delete --force "$ID"
	is_running "$first"
}

@test "a user namespace is joined by its path, with the id maps of the config" {
	a_process_with --user
	map_ids
	joined user "/proc/$a_process/ns/user"
	in_container 'readlink /proc/self/ns/user; id -u'
	expect_status 0
	expect_output "$(readlink "/proc/$a_process/ns/user")
0"
}

@test "a user namespace is joined by its path without id maps in the config" {
	only_davit "and newer runc do not ask for the maps again"
	a_process_with --user
	chown -hR 100000:100000 "$BUNDLE/rootfs"
	joined user "/proc/$a_process/ns/user"
	in_container 'readlink /proc/self/ns/user; id -u'
	expect_status 0
	expect_output "$(readlink "/proc/$a_process/ns/user")
0"
}

@test "user and network namespaces are joined together" {
	a_process_with --user --net
	map_ids
	joined user "/proc/$a_process/ns/user"
	joined network "/proc/$a_process/ns/net"
	inside network
	expect_output "$(readlink "/proc/$a_process/ns/net")"
}

@test "a time namespace is joined by its path" {
	only_davit "and runc since 1.2 know time namespaces"
	a_process_with --time --monotonic 1000000
	joined time "/proc/$a_process/ns/time"
	inside time
	expect_output "$(readlink "/proc/$a_process/ns/time")"
}

@test "a new time namespace has the offsets of the config" {
	only_davit "and runc since 1.2 know time namespaces"
	new time
	config '.linux.timeOffsets = { "monotonic": { "secs": 7881, "nanosecs": 2718281 },
		"boottime": { "secs": 1337, "nanosecs": 3141519 } }'
	in_container 'readlink /proc/self/ns/time; cat /proc/self/timens_offsets'
	expect_status 0
	[ "${lines[0]}" != "$(readlink /proc/self/ns/time)" ]
	[ "$(awk '{ $1 = $1; print }' <<<"${lines[1]}")" = 'monotonic 7881 2718281' ]
	[ "$(awk '{ $1 = $1; print }' <<<"${lines[2]}")" = 'boottime 1337 3141519' ]
}

@test "time offsets without a new time namespace are refused" {
	only_davit "and runc since 1.2 know time namespaces"
	config '.linux.timeOffsets = { "monotonic": { "secs": 1 } }'
	in_container true
	expect_status 1
	expect_in_output time
	nothing_is_left
}

@test "all eight namespaces can be new at once" {
	only_davit "and runc since 1.2 know time namespaces"
	new user
	new time
	map_ids
	args sleep 100
	run_detached
	for type in "${!file_of[@]}"; do
		[ "$(readlink "/proc/$(container_pid)/ns/${file_of[$type]}")" != "$(readlink "/proc/self/ns/${file_of[$type]}")" ]
	done
}

@test "a path that is a namespace of another type is refused" {
	a_process_with --ipc
	joined network "/proc/$a_process/ns/ipc"
	in_container true
	expect_status 1
	nothing_is_left
}

@test "a path that is no namespace, or is not there, is refused" {
	joined network "$BUNDLE/config.json"
	in_container true
	expect_status 1
	joined network "$T/nosuch"
	in_container true
	expect_status 1
	joined network relative/path
	in_container true
	expect_status 1
	nothing_is_left
}

@test "a fifo as the path of a namespace does not hang" {
	mkfifo "$T/fifo"
	joined network "$T/fifo"
	run timeout 5 "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	is_davit || [ "$status" != 124 ] || skip 'runc hangs'
	expect_status 1
	nothing_is_left
}

@test "a namespace that is given twice is refused" {
	new pid
	in_container true
	expect_status 1
	nothing_is_left
}

@test "an unknown namespace is refused" {
	new nosuch
	in_container true
	expect_status 1
	expect_in_output nosuch
	nothing_is_left
}

@test "the host name is the one of the config, and the host keeps its own" {
	local before
	before=$(hostname)
	config '.hostname = "a-name.of.its-own"'
	in_container hostname
	expect_output a-name.of.its-own
	[ "$(hostname)" = "$before" ]
}

@test "the domain name is the one of the config" {
	only_davit "and runc since 1.2 set the domain name"
	config '.domainname = "example.org"'
	in_container 'cat /proc/sys/kernel/domainname'
	expect_output example.org
}

@test "a host name without a uts namespace of its own is refused, and the host's stays" {
	local before
	before=$(hostname)
	without uts
	in_container true
	expect_failure
	[ "$(hostname)" = "$before" ]
	nothing_is_left
}

@test "the loopback interface of a new network namespace is up" {
	in_container 'ip addr show lo; ping -c 1 127.0.0.1 >/dev/null 2>&1 || true'
	expect_in_output LOOPBACK,UP
	expect_in_output 127.0.0.1
}

@test "the program is process 1 of a new pid namespace, and sees no process of the host" {
	in_container 'echo $$; ls -d /proc/[0-9]* | wc -l'
	[ "${lines[0]}" = 1 ]
	[ "${lines[1]}" -le 4 ]
}

@test "a new cgroup namespace shows the container's own control group as /" {
	in_container 'grep -v ":/$" /proc/self/cgroup || echo none'
	expect_output none
}
