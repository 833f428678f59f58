#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# File descriptors: the program gets the three standard ones, those that were asked for, and no other.

load load

# What descriptors the program has. (Without `true` the shell would become the ls, which has one more.)
SHOW='ls /proc/$$/fd; true'

@test "the program has the three standard file descriptors and no other" {
	exec 5<"$BUNDLE/config.json" 6>"$T/file" 7</
	in_container "$SHOW"
	expect_status 0
	expect_output "$(printf '0\n1\n2')"
}

@test "the program of a created container has none of the descriptors of create, nor of start" {
	exec 5<"$BUNDLE/config.json" 6</
	args sh -c "$SHOW; sleep 100"
	create
	exec 8</
	runtime start "$ID"
	wait_for 5 grep -q 2 "$T/out"
	expect_file "$T/out" "$(printf '0\n1\n2')"
}

@test "no descriptor of a created container that waits leads to the host's file system" {
	args sleep 100
	create
	local pid fd target
	pid=$(container_pid)
	for fd in "/proc/$pid/fd"/*; do
		case ${fd##*/} in
		0 | 1 | 2) continue ;;
		esac
		target=$(readlink "$fd") || continue
		# runc waits with its fifo open, and only that
		case $target in
		# a device that every container has is no way out
		/dev/null) is_davit ;;
		*/exec.fifo | pipe:* | socket:* | anon_inode:* | /memfd:* | '') ;;
		/proc*) [[ $target != *..* ]] ;;
		*)
			echo "descriptor ${fd##*/} is '$target'"
			return 1
			;;
		esac
	done
}

@test "--preserve-fds gives the program that many descriptors from 3 on" {
	printf 'three\n' >"$T/three"
	printf 'four\n' >"$T/four"
	args sh -c "$SHOW; cat <&3; cat <&4"
	exec 5<"$BUNDLE/config.json"
	run runtime run --preserve-fds 2 --bundle "$BUNDLE" "$ID" 3<"$T/three" 4<"$T/four"
	expect_status 0
	expect_output "$(printf '0\n1\n2\n3\n4\nthree\nfour')"
}

@test "--preserve-fds works with create and start" {
	printf 'three\n' >"$T/three"
	args sh -c 'cat <&3'
	runtime create --preserve-fds 1 --bundle "$BUNDLE" "$ID" 3<"$T/three" </dev/null >"$T/out" 2>&1
	runtime start "$ID"
	wait_until_stopped
	expect_file "$T/out" three
}

@test "--preserve-fds with a descriptor that is not open is refused" {
	only_davit "and runc since 1.2 look first"
	args true
	run bash -c 'exec 3<&- 4<&-; exec "$@"' - "$RUNTIME" --root "$ROOT" run --preserve-fds 2 --bundle "$BUNDLE" "$ID"
	expect_status 1
	nothing_is_left
}

@test "--preserve-fds with something that is no number is refused" {
	only_davit "refuses negative ones"
	args true
	for n in -1 x 1x 99999999999; do
		run runtime run --preserve-fds "$n" --bundle "$BUNDLE" "$ID"
		expect_failure
	done
	nothing_is_left
}

@test "descriptors of socket activation are handed on, with LISTEN_PID for the program" {
	printf 'activated\n' >"$T/three"
	args sh -c 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
	run bash -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<"$0"' "$T/three" \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_output "$(printf '1 1\nactivated')"
}

@test "descriptors of socket activation that are meant for another process stay outside" {
	only_davit "and runc since 1.2 look at LISTEN_PID"
	args sh -c "$SHOW; echo \"<\$LISTEN_FDS>\""
	LISTEN_PID=1 LISTEN_FDS=1 run runtime run --bundle "$BUNDLE" "$ID" 3<"$BUNDLE/config.json"
	expect_status 0
	expect_output "$(printf '0\n1\n2\n<>')"
}

@test "LISTEN_FDS and --preserve-fds add up" {
	printf 'three\n' >"$T/three"
	printf 'four\n' >"$T/four"
	args sh -c 'echo $LISTEN_FDS; cat <&3; cat <&4'
	run bash -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<"${0}/three" 4<"${0}/four"' "$T" \
		"$RUNTIME" --root "$ROOT" run --preserve-fds 1 --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_output "$(printf '1\nthree\nfour')"
}

@test "a working directory through a leaked descriptor can't be had (SEC-14)" {
	local fd
	exec 5</ 6</sys/fs/cgroup
	for fd in 3 4 5 6 7 8 9 10 11 12 20 30; do
		config --arg cwd "/proc/self/fd/$fd" '.process.cwd = $cwd'
		in_container 'cat ../../../../../etc/hostname ../../../../../../../etc/passwd | head -n 1; pwd'
		is_davit || [ "$status" != 0 ] || skip 'this runc has the hole'
		expect_status 1
		nothing_is_left
	done
}

@test "a working directory through a symbolic link to a leaked descriptor can't be had (SEC-14)" {
	local fd
	exec 5</
	for fd in 5 7 8 9; do
		ln -sfn "/proc/self/fd/$fd" "$BUNDLE/rootfs/link"
		config '.process.cwd = "/link"'
		in_container 'cat /link/../../../etc/hostname'
		is_davit || [ "$status" != 0 ] || skip 'this runc has the hole'
		expect_status 1
		nothing_is_left
	done
}

@test "closed standard descriptors of the caller are not filled with something of the runtime's" {
	only_davit "opens /dev/null for them"
	args sh -c 'for fd in 0 1 2; do readlink /proc/$$/fd/$fd; done >/tmp/fds'
	run bash -c 'exec "$@" <&- >&- 2>&-' - "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_file "$BUNDLE/rootfs/tmp/fds" "$(printf '/dev/null\n/tmp/fds\n/dev/null')"
}

@test "a program can't find the runtime's executable through /proc (SEC-04)" {
	local before
	before=$(sha256sum <"$RUNTIME")
	args /proc/self/exe
	run runtime run --bundle "$BUNDLE" "$ID"
	printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/trap"
	chmod +x "$BUNDLE/rootfs/trap"
	args /trap
	run runtime run --bundle "$BUNDLE" "$ID"
	[ "$(sha256sum <"$RUNTIME")" = "$before" ]
	nothing_is_left
}

@test "the executable of a created container can't be opened for writing from inside (SEC-04)" {
	only_davit "makes a copy, or needs none, before the container sees it"
	args sleep 100
	create
	local pid
	pid=$(container_pid)
	# a second container in the same pid namespace, with all capabilities
	config --arg path "/proc/$pid/ns/pid" '
		(.linux.namespaces[] | select(.type == "pid")).path = $path
		| .process.capabilities |= with_entries(.value = [ "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN" ])'
	local before
	before=$(sha256sum <"$RUNTIME")
	ID=$ID-second in_container '
		for n in 1 2 3 4 5; do
			(exec 9>>/proc/1/exe && echo written >&9) 2>/dev/null && echo opened
		done; true'
	[ "$(sha256sum <"$RUNTIME")" = "$before" ]
}
