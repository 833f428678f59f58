#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# images: root file systems that were made, or are being changed, to lead the runtime out of them. The
# numbers are those of the history of such attacks; each test names its CVE.

load load

setup ()
{
	make_container
	mkdir "$T/outside" "$T/volume"
	echo precious >"$T/outside/file"
}

# Nothing in $T/outside has changed.
untouched ()
{
	expect_file "$T/outside/file" precious
	[ "$(ls -A "$T/outside")" = file ] || {
		ls -lA "$T/outside"
		return 1
	}
	[ "$(stat -c '%a %u %g %F' "$T/outside/file")" = "644 0 0 regular file" ]
}

# race A B: exchanges them until the test ends.
race ()
{
	"$HELPERS/racer" "$1" "$2" 3>&- &
	racer=$!
}

teardown ()
{
	[ -z "${racer:-}" ] || { kill "$racer"; wait "$racer" 2>/dev/null || true; }
	leave_nothing
}

without_dev_mounts ()
{
	config '.mounts |= map(select(.destination | startswith("/dev") | not))'
}

@test "nothing but a proc goes on /proc (CVE-2019-16884, SEC-05)" {
	add_mount /proc tmpfs tmpfs
	in_container true
	expect_failure
	expect_in_output /proc
	config '.mounts[7] += { "type": "bind", "source": $source, "options": [ "bind" ] }' --arg source "$T/volume"
	in_container true
	expect_failure
	config '.mounts[7].destination = "/proc/self/attr"'
	in_container true
	expect_failure
	config '.mounts[7].destination = "/tmp/../proc/sys"'
	in_container true
	expect_failure
}

@test "nothing but a proc goes on /proc by another name (CVE-2019-16884, SEC-05)" {
	ln -s proc "$BUNDLE/rootfs/alias"
	add_mount /alias bind "$T/volume" bind
	in_container true
	expect_failure
	config '.mounts[7].destination = "/alias/self/attr"'
	in_container true
	expect_failure
}

@test "what emulates files of /proc may be bound over them" {
	echo nothing >"$T/volume/cpuinfo"
	add_mount /proc/cpuinfo bind "$T/volume/cpuinfo" bind
	in_container 'cat /proc/cpuinfo'
	expect_output nothing
}

@test "a mount point behind a symbolic link is made inside the root (CVE-2019-18837, SEC-06)" {
	ln -s "$T/outside" "$BUNDLE/rootfs/alias"
	ln -s ../../../../../../../../.."$T/outside" "$BUNDLE/rootfs/relative"
	add_mount /alias/made tmpfs tmpfs
	add_mount /relative/made2 bind "$T/volume" bind
	add_mount /alias/file bind /dev/null bind
	in_container 'echo ran'
	untouched
	expect_output ran
}

@test "a /proc or /sys of the image that is a symbolic link is refused (CVE-2023-27561, CVE-2019-19921, SEC-07, SEC-13)" {
	local place
	mkdir "$BUNDLE/rootfs/fake"
	for place in proc sys; do
		rmdir "$BUNDLE/rootfs/$place"
		ln -s fake "$BUNDLE/rootfs/$place"
		in_container true
		expect_failure
		rm "$BUNDLE/rootfs/$place"
		ln -s "$T/outside" "$BUNDLE/rootfs/$place"
		in_container true
		expect_failure
		untouched
		rm "$BUNDLE/rootfs/$place"
		mkdir "$BUNDLE/rootfs/$place"
	done
}

@test "a mount point that changes between directory and symbolic link leads nowhere else (CVE-2021-30465, SEC-08)" {
	local i ran=0
	mkdir "$T/volume/dir"
	ln -s /../../../../../../../.."$T/outside" "$T/volume/link"
	race "$T/volume/dir" "$T/volume/link"
	add_mount /volume bind "$T/volume" rbind
	add_mount /volume/dir tmpfs racing
	add_mount /volume/dir/deeper tmpfs racing
	args sh -c 'cat /proc/self/mountinfo'
	for i in $(seq 25); do
		run runtime run --bundle "$BUNDLE" "$ID-$i"
		[ "$status" != 0 ] || ran=$((ran + 1))
		grep -F racing /proc/self/mountinfo && return 1
	done
	untouched
	[ "$ran" -gt 0 ]
}

@test "what is made for mount points in a racing volume is made inside (CVE-2024-45310, SEC-15)" {
	local i
	mkdir "$T/volume/dir"
	ln -s "$T/outside" "$T/volume/link"
	race "$T/volume/dir" "$T/volume/link"
	add_mount /volume bind "$T/volume" rbind
	add_mount /volume/dir/made bind /dev/null bind
	add_mount /volume/dir/path/to/dir tmpfs tmpfs
	for i in $(seq 25); do
		in_container true
	done
	untouched
}

@test "the /dev/null of the image is not what masks a path (CVE-2025-31133, SEC-17)" {
	only_davit "and runc since 1.2.8 look at what it is"
	without_dev_mounts
	mkdir "$BUNDLE/rootfs/secret"
	echo secret >"$BUNDLE/rootfs/secret/file"
	mknod "$BUNDLE/rootfs/dev/real" c 1 3
	ln -s /proc/sys/kernel/hostname "$BUNDLE/rootfs/dev/link"
	mknod "$BUNDLE/rootfs/dev/null" c 1 3
	config '.linux.maskedPaths += [ "/secret/file" ]'
	race "$BUNDLE/rootfs/dev/null" "$BUNDLE/rootfs/dev/link"
	for _ in $(seq 25); do
		in_container 'stat -c "%F %t:%T" /secret/file'
		# either it is not started, or the mask is the null device
		[ "$status" != 0 ] || expect_output "character special file 1:3"
	done
}

@test "a /dev of the image that is a symbolic link gets no device and no link anywhere (CVE-2026-41579, CVE-2026-47766, SEC-21)" {
	only_davit "and newer peers are not led there"
	without_dev_mounts
	rmdir "$BUNDLE/rootfs/dev"
	echo precious >"$T/outside/ptmx"
	ln -s "$T/outside" "$BUNDLE/rootfs/dev"
	in_container true
	expect_file "$T/outside/ptmx" precious
	rm "$T/outside/ptmx"
	untouched
	rm "$BUNDLE/rootfs/dev"
	ln -s volume "$BUNDLE/rootfs/dev"
	add_mount /volume bind "$T/volume" bind
	in_container true
	expect_failure
	[ -z "$(ls -A "$T/volume")" ]
}

@test "a /dev/console of the image that is a symbolic link has nothing made or covered (CVE-2026-88264, SEC-22)" {
	local word
	without_dev_mounts
	config '.process.terminal = true'
	ln -s "$T/outside/made" "$BUNDLE/rootfs/dev/console"
	for word in true false; do
		config ".root.readonly = $word"
		args true
		run script --quiet --return --command "'$RUNTIME' --root '$ROOT' run --bundle '$BUNDLE' '$ID'" /dev/null
		untouched
	done
}

@test "a /dev/null of the image that is something else is neither used nor given away (CVE-2026-88265, SEC-23)" {
	without_dev_mounts
	config '.process.user = { "uid": 1000, "gid": 1000 }'
	ln -s "$T/outside/file" "$BUNDLE/rootfs/dev/null"
	run runtime run --bundle "$BUNDLE" "$ID" </dev/null
	untouched
	rm "$BUNDLE/rootfs/dev/null"
	mknod "$BUNDLE/rootfs/dev/null" b 1 3
	run runtime run --bundle "$BUNDLE" "$ID" </dev/null
	[ "$(stat -c '%u %t:%T' "$BUNDLE/rootfs/dev/null")" = "0 1:3" ]
	is_davit || return 0
	expect_failure
}

@test "a user namespace without a cgroup namespace can't write the host's control groups (CVE-2023-25809, SEC-12)" {
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.namespaces |= map(select(.type != "cgroup"))
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings
		| (.mounts[] | select(.type == "cgroup")).options = [ "nosuid" ]'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
	in_container 'mkdir /sys/fs/cgroup/x /sys/fs/cgroup/*/x; for f in /sys/fs/cgroup/*/release_agent /sys/fs/cgroup/release_agent; do echo x >$f; done; ls /sys/fs/cgroup/*/x'
	[ "$(find /sys/fs/cgroup -maxdepth 2 -name x | wc -l)" = 0 ]
	expect_failure
}

@test "a tmpfs filled from a racing directory has nothing from outside (tmpcopyup)" {
	only_davit "copies without following"
	local i
	mkdir -p "$BUNDLE/rootfs/data/dir" "$BUNDLE/rootfs/data/more"
	ln -s "$T/outside" "$BUNDLE/rootfs/data/link"
	race "$BUNDLE/rootfs/data/dir" "$BUNDLE/rootfs/data/link"
	add_mount /data tmpfs tmpfs tmpcopyup
	for i in $(seq 15); do
		in_container 'find /data -type f'
		[ "$status" != 0 ] || expect_output ""
	done
}
