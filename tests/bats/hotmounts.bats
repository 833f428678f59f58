#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# mounts add and mounts remove: other mounts for a container that runs.

load load

setup ()
{
	make_container
	only_davit "and newer crun have it"
	mkdir "$T/volume"
	echo 'of the volume' >"$T/volume/file"
	args sleep 1000
}

# mounts add|remove JSON: does so in the container.
mounts ()
{
	run runtime mounts "$1" "$ID" - <<<"$2"
}

# see SCRIPT: what a process in the container sees.
see ()
{
	run runtime exec "$ID" sh -c "$1"
}

bind ()
{
	printf '{ "destination": "%s", "source": "%s", "options": [ "bind"%s ] }' "$1" "$2" "${3-}"
}

with_user_namespace ()
{
	needs_root "its containers have one anyway"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$BUNDLE/rootfs"
}

@test "a bind mount is added, and seen by the container alone" {
	run_detached
	mounts add "[ $(bind /data "$T/volume") ]"
	expect_status 0
	see 'cat /data/file; echo written >/data/new'
	expect_output 'of the volume'
	expect_file "$T/volume/new" written
	run ! grep -F "$BUNDLE/rootfs/data" /proc/self/mountinfo
	mounts remove '[ { "destination": "/data" } ]'
	expect_status 0
	see 'ls /data'
	expect_output ''
}

@test "the mounts may be in a file, and are made in their order" {
	run_detached
	jq -n --arg source "$T/volume" '[ { destination: "/a", type: "tmpfs", source: "tmpfs" },
		{ destination: "/a/b/c", source: $source, options: [ "bind", "ro" ] } ]' >"$T/mounts"
	runtime mounts add "$ID" "$T/mounts"
	see 'cat /a/b/c/file; touch /a/x; touch /a/b/c/x'
	expect_in_output 'of the volume'
	expect_in_output 'Read-only file system'
	runtime mounts remove "$ID" "$T/mounts"
	see 'ls -A /a'
	expect_output ''
}

@test "a file is mounted on a file" {
	run_detached
	mounts add "[ $(bind /etc/passwd "$T/volume/file"), $(bind /new/file "$T/volume/file") ]"
	expect_status 0
	see 'cat /etc/passwd /new/file'
	expect_output $'of the volume\nof the volume'
	mounts remove '[ { "destination": "/etc/passwd" } ]'
	expect_status 0
	see 'head -n 1 /etc/passwd'
	expect_in_output 'root:x:0:0'
}

@test "new file systems are the container's" {
	run_detached
	mounts add '[ { "destination": "/p", "type": "proc" },
		{ "destination": "/t", "type": "tmpfs", "options": [ "size=64k", "mode=700", "ro" ] } ]'
	expect_status 0
	see 'tr "\0" " " </p/1/cmdline; stat -c %a /t; touch /t/x'
	expect_in_output 'sleep 1000'
	expect_in_output 700
	expect_in_output 'Read-only'
}

@test "in a user namespace it is its root's" {
	with_user_namespace
	run_detached
	chmod 700 "$T/volume" "$T"
	mounts add "[ $(bind /data "$T/volume"), { \"destination\": \"/t\", \"type\": \"tmpfs\" } ]"
	expect_status 0
	see 'cat /data/file; touch /t/file; stat -c %u /t /t/file'
	chmod 755 "$T"
	expect_in_output Permission
	mounts remove '[ { "destination": "/data" } ]'
	expect_status 0
	chmod 755 "$T/volume"
	chmod 700 "$T"
	mounts add "[ $(bind /data "$T/volume") ]"
	see 'cat /data/file; touch /t/file; stat -c %u /t /t/file'
	chmod 755 "$T"
	expect_output $'of the volume\n0\n0'
}

@test "all or none are mounted" {
	run_detached
	mounts add "[ $(bind /data "$T/volume"), { \"destination\": \"/t\", \"type\": \"nosuchtype\" } ]"
	expect_error "nosuchtype"
	see 'ls /data'
	expect_output ''
}

@test "a symbolic link of the container leads nowhere but into its root" {
	run_detached
	mkdir "$T/victim"
	ln -s "../../../../../../../../../$T/victim" "$BUNDLE/rootfs/link"
	mounts add "[ $(bind /link/x "$T/volume") ]"
	[ -z "$(ls -A "$T/victim")" ]
	see "cat $T/victim/x/file"
	expect_output 'of the volume'
	# what is there by that name is not unmounted through a link
	ln -s /proc "$BUNDLE/rootfs/to-proc"
	mounts remove '[ { "destination": "/to-proc" } ]'
	expect_status 1
	see 'test -e /proc/self'
	expect_status 0
}

@test "nothing is mounted over proc, and its masks stay" {
	run_detached
	mounts add "[ $(bind /proc/sys "$T/volume") ]"
	expect_error /proc
	mounts remove '[ { "destination": "/" } ]'
	expect_status 1
	mounts remove '[ { "destination": "/etc" } ]'
	expect_error /etc
}

@test "what makes no sense is refused, and named" {
	run_detached
	mounts add '{ "destination": "/a" }'
	expect_error array
	mounts add '[ { "source": "/a" } ]'
	expect_error 'standard input:1: /mounts/0'
	mounts add $'[\n { "destination": "/a", "type": "tmpfs", "options": [ "idmap" ] } ]'
	expect_error 'standard input:2: /mounts/0'
	mounts add '['
	expect_status 1
	mounts add '[ { "destination": "/c", "type": "cgroup" } ]'
	expect_error 'control groups'
	mounts add "[ $(bind /a "$T/nosuch") ]"
	expect_error nosuch
	mounts change '[]'
	expect_error change
	run runtime mounts add "$ID" "$T/nosuch"
	expect_error nosuch
}

@test "a container that has stopped or is not there has no mounts to change" {
	mounts add '[]'
	expect_error 'does not exist'
	args true
	run_detached
	wait_until_stopped
	mounts add '[]'
	expect_error 'not running'
}

@test "a created container can have more mounts before it starts" {
	args cat /data/file
	create
	mounts add "[ $(bind /data "$T/volume") ]"
	expect_status 0
	runtime start "$ID"
	wait_until_stopped
	expect_file "$T/out" 'of the volume'
}
