#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What a container's processes must not be able to do to the runtime, the host, or newcomers; each
# test names what went wrong elsewhere once (CVE). What belongs to mounts, devices and masked paths is
# tested with those.

load load

@test "a created container's first process can't be traced from inside (CVE-2016-9962, SEC-03)" {
	only_davit "and its peers are not dumpable; this looks for the kernel's own mark of it"
	args sleep 100
	create
	# files of a process that is not dumpable belong to root of the initial user namespace, and
	# a user of the container could not open them
	config --arg path "/proc/$(container_pid)/ns/pid" '
		(.linux.namespaces[] | select(.type == "pid")).path = $path
		| .process.user = { "uid": 1000, "gid": 1000 }'
	ID=$ID-second in_container 'ls -l /proc/1/fd /proc/1/exe /proc/1/cwd 2>/dev/null | grep -c -e "->"'
	expect_output 0
}

@test "a container in a user namespace can't trace the waiting process of another in it (SEC-03)" {
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings
		| .process.capabilities |= with_entries(.value = [ "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN" ])'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
	args sleep 100
	create
	local pid
	pid=$(container_pid)
	config --arg pid "$pid" '
		(.linux.namespaces[] | select(.type == "pid" or .type == "user")) |= (.path = "/proc/\($pid)/ns/\(.type)")'
	ID=$ID-second in_container 'for fd in /proc/1/fd/*; do readlink $fd; done | grep -v -e "^pipe:" -e "^/dev/null" -e "^socket:" -e "^anon_inode:"
		ls /proc/1/root/ /proc/1/cwd/'
	expect_failure
	[[ $output != *"$BUNDLE"* && $output != *"$ROOT"* ]]
}

@test "the program can't gain privileges by a setuid file with noNewPrivileges" {
	cp "$HELPERS/euid" "$BUNDLE/rootfs/euid"
	chmod 4755 "$BUNDLE/rootfs/euid"
	config '.process.user = { "uid": 1000, "gid": 1000 }'
	args /euid
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_output 1000
	config '.process.noNewPrivileges = false'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_output 0
}

@test "capabilities that the config does not give can't be had back" {
	config '.process.noNewPrivileges = false'
	in_container 'mount -t tmpfs none /tmp 2>&1; mknod /tmp/null c 1 3 2>&1; chown 1 /tmp 2>&1; hostname x 2>&1; true'
	expect_status 0
	[ "$(grep -ci 'not permitted\|denied\|must be root' <<<"$output")" = 4 ]
}

@test "the program has no way to the host's files through .. of its root" {
	: >"$T/mark"
	in_container 'cd /; for i in 1 2 3 4 5 6 7 8; do cd ..; done; pwd; ls -i -d /.. | cut -d/ -f1; ls -i -d / | cut -d/ -f1'
	[ "${lines[0]}" = / ]
	[ "${lines[1]// /}" = "${lines[2]// /}" ]
}

@test "no mount of the host is seen in the container" {
	in_container 'cat /proc/self/mountinfo'
	[[ $output != *"/sys/fs/cgroup/unified/"* ]]
	[ -z "$(awk -v dir="$T" 'index($5, dir)' <<<"$output")" ]
	# the root itself is the bundle's
	[ "$(awk '$5 == "/"' <<<"$output" | wc -l)" = 1 ]
}

@test "a mount made in the container does not come through to the host" {
	config '.process.capabilities |= with_entries(.value += [ "CAP_SYS_ADMIN" ])'
	in_container 'mount -t tmpfs inside /tmp && grep -c inside /proc/self/mountinfo'
	expect_status 0
	expect_output 1
	run grep " $T" /proc/self/mountinfo
	expect_output ''
}

@test "the runtime's environment and file names do not show in the container's /proc" {
	config '.process.env += [ "OWN=1" ]'
	args sh -c 'cat /proc/*/environ /proc/*/cmdline | tr "\0" "\n"'
	SECRET_OF_HOST=1 run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[[ $output != *SECRET_OF_HOST* && $output != *"$ROOT"* && $output != *_LIBCONTAINER* && $output != *DAVIT* ]]
}

@test "the session keyring is a new one" {
	[ -e /proc/keys ] || skip 'the kernel has no keyrings'
	cp "$HELPERS/syscall" "$BUNDLE/rootfs/bin/syscall"
	# KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING
	args syscall keyctl 0 -3 0
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[[ $output =~ ^[0-9]+$ ]]
	[ "$output" != "$("$HELPERS/syscall" keyctl 0 -3 0)" ]
}

@test "the state directory is for root alone" {
	args sleep 100
	create
	local mode
	mode=$(stat -c %a "$ROOT")
	[ $((0$mode & 022)) = 0 ]
	mode=$(stat -c %a "$ROOT/$ID")
	[ $((0$mode & 022)) = 0 ]
	! is_davit || [ -z "$(find "$ROOT/$ID" -type f -perm /022)" ]
}

@test "a container can't write a release_agent (CVE-2022-0492, SEC-26)" {
	in_container 'for f in /sys/fs/cgroup/*/release_agent; do
			[ -e $f ] && { echo /tmp/evil >$f; } 2>/dev/null && echo written
		done; mkdir /sys/fs/cgroup/memory/evil 2>/dev/null && echo made; true'
	expect_status 0
	expect_output ''
}

@test "newcomers to a pid namespace can't be watched by its processes (CVE-2016-9962, SEC-03)" {
	args sh -c 'while :; do for p in /proc/[0-9]*; do
			[ "$p" = /proc/1 ] || [ "$p" = "/proc/$$" ] || readlink $p/fd/* 2>/dev/null | grep -e "^/" | grep -v -e "^/dev/null" -e "^/proc" -e "^/tmp/out" -e "^/$"
		done; done >/tmp/out 2>/dev/null'
	config '.process.user = { "uid": 1000, "gid": 1000 } | .mounts |= map(select(.destination != "/tmp"))'
	run_detached
	local first=$ID n=10
	is_davit && n=30
	config --arg path "/proc/$(container_pid)/ns/pid" '
		(.linux.namespaces[] | select(.type == "pid")).path = $path
		| .process.args = [ "true" ]'
	for ((i = 0; i < n; i++)); do
		runtime run --bundle "$BUNDLE" "$ID-second" </dev/null
	done
	runtime delete --force "$first"
	expect_file "$BUNDLE/rootfs/tmp/out" ''
}
