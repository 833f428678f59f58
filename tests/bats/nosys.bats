#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Older kernels, or filters that hide system calls: a container that is the same as ever, or an error
# that says what is missing. Never another container.

load load

setup ()
{
	only_davit "promises this"
	needs_root "newgidmap has no rights below a filter"
	make_container
	args sh -c 'id; hostname; umask; cat /proc/self/cgroup; ls /proc/self/fd | wc -l; ulimit -a
		grep -E "^(Cap|NoNewPrivs|Groups)" /proc/self/status
		cat /proc/self/oom_score_adj
		cut -d " " -f 4- /proc/self/mountinfo | sed "s/ [a-z]*:[0-9]*//g"
		ls -l /dev | sed "s/ [A-Z][a-z][a-z] .*[0-9] / /"
		for path in /proc/kcore /proc/keys /sys/firmware; do
			echo "masked: $path: $(cat $path 2>/dev/null | wc -c) $(ls $path 2>/dev/null | wc -l)"
		done
		for path in /proc/sys/kernel/domainname /sys/new /proc/sysrq-trigger /new; do
			echo 2>/dev/null >$path && echo "writable: $path"
		done
		for name in cgroup ipc mnt net pid uts; do
			[ "$(readlink /proc/self/ns/$name)" = "$(grep $name /host)" ] && echo "shared: $name"
		done; true'
	readlink /proc/self/ns/* >"$BUNDLE/rootfs/host"
}

# same_or_error NAMES: with these system calls missing.
same_or_error ()
{
	run "$HELPERS/nosys" "$1" "$RUNTIME" --root "$ROOT" ${DAVIT_BATS_SYSTEMD:+--systemd-cgroup} \
		run --bundle "$BUNDLE" "$ID"
	[ "$output" != "$EXPECTED" ] || return 0
	[ "$status" != 0 ] || {
		printf 'another container without %s:\n' "$1"
		diff <(echo "$EXPECTED") <(echo "$output")
		return 1
	}
	expect_status 1
	[[ $output == *"Function not implemented ("*"needs Linux "* ]] ||
		[[ $output == *"Function not implemented (it takes "*"Linux has since "* ]] || {
		printf 'unclear without %s:\n%s\n' "$1" "$output"
		return 1
	}
	nothing_is_left
}

expect_as_ever ()
{
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	EXPECTED=$output
}

@test "without clone3" {
	expect_as_ever
	same_or_error clone3
}

@test "without openat2" {
	expect_as_ever
	same_or_error openat2
}

@test "without the mount API by file descriptors" {
	expect_as_ever
	same_or_error fsopen,fsconfig,fsmount,fspick,open_tree,move_mount,mount_setattr
}

@test "without one call of the mount API" {
	local name
	expect_as_ever
	for name in fsopen fsconfig fsmount fspick open_tree move_mount mount_setattr; do
		same_or_error "$name"
	done
}

@test "without pidfds" {
	local name
	expect_as_ever
	for name in pidfd_open pidfd_send_signal pidfd_getfd \
		pidfd_open,pidfd_send_signal,pidfd_getfd; do
		same_or_error "$name"
	done
}

@test "without close_range and faccessat2" {
	expect_as_ever
	same_or_error close_range
	same_or_error faccessat2
}

@test "without all of them" {
	expect_as_ever
	same_or_error clone3,close_range,faccessat2,fsconfig,fsmount,fsopen,fspick,mount_setattr,move_mount,open_tree,openat2,pidfd_getfd,pidfd_open,pidfd_send_signal
}

@test "an exec without them is as ever, or an error" {
	local name expected
	args sleep 1000
	run_detached
	run runtime exec "$ID" sh -c 'id; cat /proc/self/cgroup; grep -E "^(Cap|NoNewPrivs)" /proc/self/status'
	expect_status 0
	expected=$output
	for name in clone3 openat2 fsopen open_tree pidfd_open,pidfd_send_signal,pidfd_getfd close_range; do
		run "$HELPERS/nosys" "$name" "$RUNTIME" --root "$ROOT" exec "$ID" \
			sh -c 'id; cat /proc/self/cgroup; grep -E "^(Cap|NoNewPrivs)" /proc/self/status'
		[ "$status" != 0 ] || [ "$output" = "$expected" ]
		[ "$status" = 0 ] || expect_in_output "Function not implemented"
	done
}
