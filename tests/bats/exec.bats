#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# exec: one more process in a container: what it gets, where it is, and what can't be done to it.

load load
load terminal

teardown ()
{
	stop_listening
	[ -z "${receiver:-}" ] || kill "$receiver" 2>/dev/null || true
	leave_nothing
}

# A container to execute in; the config as it was changed before.
begin ()
{
	args sleep 1000
	run_detached
	PID=$(container_pid)
}

# inside [OPTION...] -- WORD...: executes that in the container.
inside ()
{
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run runtime exec "${options[@]}" "$ID" "$@"
}

# process JQ_ARGUMENT...: writes $T/process, the config's process with that done to it.
process ()
{
	jq '.process' "$BUNDLE/config.json" | jq "$@" >"$T/process"
}

# The last `run` of exec failed as it does, and said this.
expect_refusal ()
{
	expect_status 255
	expect_in_output "$1"
}

# ---- the program

@test "exec returns the program's exit status" {
	begin
	inside -- sh -c 'exit 0'
	expect_status 0
	inside -- sh -c 'exit 7'
	expect_status 7
	inside -- sh -c 'kill -KILL $$'
	expect_status 137
}

@test "output and errors arrive whole and apart, and input comes" {
	begin
	run --separate-stderr runtime exec "$ID" sh -c 'cat; echo two >&2' <<<one
	expect_status 0
	expect_output one
	expect_errors two
}

@test "options behind the program are the program's" {
	begin
	inside -- echo -t --detach -- x
	expect_output '-t --detach -- x'
}

@test "a program that is not there gives 255, and what engines look for" {
	begin
	inside -- nosuchprogram
	expect_refusal 'executable file not found in $PATH'
	inside -- /no/such/program
	expect_refusal 'no such file or directory'
	inside -- /etc
	expect_refusal 'permission denied'
	inside -- /etc/passwd
	expect_refusal 'permission denied'
	inside -- ''
	expect_status 255
}

@test "exec without a program is refused" {
	begin
	inside --
	expect_status 255
}

@test "exec in a container that does not exist gives 255, and what engines look for" {
	mkdir "$ROOT"
	inside -- true
	expect_refusal 'does not exist'
}

@test "exec in a stopped container is refused" {
	args true
	run_detached
	wait_until_stopped
	inside -- true
	expect_status 255
	! is_davit || expect_in_output 'cannot exec in a stopped container'
}

@test "exec in a created container works" {
	args sleep 1000
	create
	inside -- echo here
	expect_status 0
	expect_output here
}

@test "--detach returns at once, and the program goes on" {
	begin
	quietly runtime exec --detach --pid-file "$T/pid" "$ID" sh -c 'echo begun; sleep 1000'
	wait_for 5 grep -q begun "$T/out"
	local pid
	pid=$(cat "$T/pid")
	[ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$PID/ns/pid")" ]
}

@test "a detached program that can't be executed is still an error" {
	begin
	run quietly runtime exec --detach --pid-file "$T/pid" "$ID" nosuchprogram
	expect_refusal 'executable file not found in $PATH'
	[ ! -e "$T/pid" ]
}

@test "--pid-file holds the pid and no newline" {
	begin
	quietly runtime exec -d --pid-file "$T/pid" "$ID" sleep 1000
	[[ $(tr '\n' x <"$T/pid") =~ ^[0-9]+$ ]]
	(cd "$T" && quietly runtime exec -d --pid-file relative "$ID" sleep 1000)
	[ -s "$T/relative" ]
}

@test "a signal to exec goes on to the program" {
	begin
	in_background "$RUNTIME" --root "$ROOT" exec "$ID" \
		sh -c 'trap "exit 9" TERM; touch /tmp/ready; while :; do sleep 0.02; done'
	wait_for 5 test -e "$BUNDLE/rootfs/tmp/ready"
	kill -TERM $!
	status=0
	wait $! || status=$?
	expect_status 9
	is_running
}

# ---- from a file

@test "--process takes all from a file" {
	begin
	process '.args = ["sh", "-c", "pwd; id -u; echo $A; cat /proc/self/status | grep NoNewPrivs"]
		| .cwd = "/tmp" | .user.uid = 1000 | .env += ["A=b"] | .noNewPrivileges = false'
	inside --process "$T/process" --
	expect_status 0
	expect_output $'/tmp\n1000\nb\nNoNewPrivs:\t0'
	run runtime exec -p "$T/process" "$ID"
	expect_status 0
}

@test "a file with a process that makes no sense is refused, and named" {
	begin
	only_davit "names the member"
	process '.cwd = "relative"'
	inside --process "$T/process" --
	expect_refusal cwd
	process 'del(.args)'
	inside --process "$T/process" --
	expect_refusal args
	echo '{' >"$T/process"
	inside --process "$T/process" --
	expect_status 255
	inside --process "$T/nosuch" --
	expect_refusal nosuch
}

@test "limits, umask and oom score of the process apply" {
	only_davit "and newer runc take all of them"
	begin
	process '.args = ["sh", "-c", "ulimit -n; umask; cat /proc/self/oom_score_adj"]
		| .rlimits = [ { "type": "RLIMIT_NOFILE", "hard": 77, "soft": 77 } ] | .oomScoreAdj = 500
		| .user.umask = 23'
	inside --process "$T/process" --
	expect_status 0
	expect_output $'77\n0027\n500'
}

@test "execCPUAffinity: the last processors are final's, or what initial has left" {
	only_davit "and runc since 1.3 know it"
	local own
	own=$(nproc)
	[ "$own" -gt 1 ] || skip 'this host has one processor'
	config '.process.execCPUAffinity = { "initial": "0", "final": "1" }'
	args sleep 1000
	# no control group whose cpuset would say more
	quietly "$RUNTIME" --root "$ROOT" --cgroup-manager disabled run --detach --bundle "$BUNDLE" "$ID"
	# the container's own program may use all
	grep -qx "Cpus_allowed_list:.*[,-].*" "/proc/$(container_pid)/status"
	inside -- sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status
	expect_output 1
	process '.args = [ "sed", "-n", "s/^Cpus_allowed_list:.//p", "/proc/self/status" ]
		| .execCPUAffinity = { "initial": "0" }'
	run runtime exec --process "$T/process" "$ID"
	expect_output 0
	process '.args = [ "true" ] | .execCPUAffinity = { "initial": "4000" }'
	run runtime exec --process "$T/process" "$ID"
	expect_refusal 4000
}

@test "without a file the container's own process is the model" {
	config '.process.rlimits = [ { "type": "RLIMIT_NOFILE", "hard": 99, "soft": 99 } ]
		| .process.env += [ "OF=container" ] | .process.cwd = "/var"
		| .process.user = { "uid": 12, "gid": 34, "additionalGids": [ 56 ] }'
	begin
	inside -- sh -c 'ulimit -n; echo $OF; pwd; id -u; id -G; grep NoNewPrivs /proc/self/status'
	expect_output $'99\ncontainer\n/var\n12\n34 56\nNoNewPrivs:\t1'
}

# ---- options that say what differs

@test "--cwd" {
	begin
	inside --cwd /etc -- pwd
	expect_output /etc
	inside --cwd etc -- pwd
	expect_status 255
	inside --cwd /nosuch -- pwd
	expect_refusal /nosuch
}

@test "--env adds and replaces variables" {
	config '.process.env += [ "A=of the config" ]'
	begin
	runtime exec -e A=1 -e B=2 -e C=x=y "$ID" cat /proc/self/environ >"$T/environ"
	expect_file <(tr '\0' '\n' <"$T/environ" | grep '^[ABC]=') $'A=1\nB=2\nC=x=y'
	only_davit "refuses what is no variable"
	inside --env NONSENSE -- true
	expect_refusal NONSENSE
}

@test "--user takes numbers" {
	needs_root "these ids are not his"
	begin
	inside --user 1000 -- id -u
	expect_output 1000
	inside -u 1000:2000 -- sh -c 'id -u; id -g'
	expect_output $'1000\n2000'
	only_davit "takes all that the kernel does"
	inside -u 4294967294:4294967294 -- id -u
	expect_output 4294967294
}

@test "--user that is no number that an id can be is refused, and never root (SEC-20)" {
	local user
	only_davit "reads strictly"
	# an image may name its users as it likes
	printf '%s:x:0:0::/:/bin/sh\n' 4294967296 -1 0x0 1e3 99999999999999999999 '' >>"$BUNDLE/rootfs/etc/passwd"
	begin
	for user in 1000: 1:2:3 4294967295 4294967296 -1 +1 99999999999999999999 18446744073709551616 '' : :0 \
		1000:-1 1000:4294967295 1000:4294967296 ' 0' '0 ' 1000,0; do
		inside --user="$user" -- id
		expect_status 255
		[[ $output != *uid=* ]]
	done
}

@test "--user takes names of the container" {
	only_davit "knows names"
	printf 'wheel:x:77:\n' >>"$BUNDLE/rootfs/etc/group"
	begin
	inside --user user -- sh -c 'id -u; id -g'
	expect_output $'1000\n1000'
	inside --user user:wheel -- sh -c 'id -u; id -g'
	expect_output $'1000\n77'
	inside --user 5:wheel -- sh -c 'id -u; id -g'
	expect_output $'5\n77'
	inside --user nosuch -- id
	expect_refusal nosuch
	inside --user user:nosuch -- id
	expect_refusal nosuch
	inside --user 0x0 -- id
	expect_refusal 0x0
}

@test "a passwd file that is a link, a fifo or endless hangs nobody and leads nowhere" {
	only_davit "knows names"
	begin
	rm "$BUNDLE/rootfs/etc/passwd"
	mkfifo "$BUNDLE/rootfs/etc/passwd"
	inside --user user -- id
	expect_refusal passwd
	rm "$BUNDLE/rootfs/etc/passwd"
	printf 'user:x:4711:4711::/:/bin/sh\n' >"$T/passwd"
	ln -s "../../../../../../../../$T/passwd" "$BUNDLE/rootfs/etc/passwd"
	inside --user user -- id
	expect_refusal passwd
	ln -sfn /proc/self/fd/0 "$BUNDLE/rootfs/etc/passwd"
	inside --user user -- id
	expect_refusal passwd
	rm "$BUNDLE/rootfs/etc/passwd"
	truncate -s 10G "$BUNDLE/rootfs/etc/passwd"
	inside --user user -- id
	expect_refusal passwd
	rm "$BUNDLE/rootfs/etc/passwd"
}

@test "--additional-gids adds groups" {
	config '.process.user.additionalGids = [ 7 ]'
	begin
	inside -g 8 -g 9 -- id -G
	expect_output '0 7 8 9'
	inside -g x -- id -G
	expect_status 255
	inside -g 4294967295 -- id -G
	expect_status 255
}

@test "--cap adds capabilities, but never inheritable ones" {
	config '.process.capabilities = { "bounding": [ "CAP_KILL" ], "effective": [ "CAP_KILL" ],
		"permitted": [ "CAP_KILL" ] }'
	begin
	inside -c CAP_CHOWN -c CAP_FOWNER -- grep '^Cap' /proc/self/status
	expect_output "$(printf 'Cap%s:\t%016x\n' Inh 0 Prm 0x29 Eff 0x29 Bnd 0x29 Amb 0)"
	inside -- grep '^Cap' /proc/self/status
	expect_output "$(printf 'Cap%s:\t%016x\n' Inh 0 Prm 0x20 Eff 0x20 Bnd 0x20 Amb 0)"
	inside --cap CAP_NONSENSE -- true
	expect_refusal CAP_NONSENSE
}

@test "--no-new-privs" {
	config '.process.noNewPrivileges = false'
	begin
	inside -- grep NoNewPrivs /proc/self/status
	expect_output $'NoNewPrivs:\t0'
	inside --no-new-privs -- grep NoNewPrivs /proc/self/status
	expect_output $'NoNewPrivs:\t1'
}

@test "the program has the three standard file descriptors and no other" {
	begin
	exec 5<"$BUNDLE/config.json" 6>"$T/file" 7</
	# shellcheck disable=SC2016 # for the shell inside
	inside -- sh -c 'ls /proc/$$/fd; true'
	expect_output $'0\n1\n2'
}

@test "--preserve-fds gives the program that many descriptors from 3 on" {
	begin
	printf 'three\n' >"$T/three"
	# shellcheck disable=SC2016 # for the shell inside
	run runtime exec --preserve-fds 1 "$ID" sh -c 'ls /proc/$$/fd; cat <&3' 3<"$T/three" 4</
	expect_output $'0\n1\n2\n3\nthree'
	run bash -c 'exec 3<&- "$@"' - "$RUNTIME" --root "$ROOT" exec --preserve-fds 1 "$ID" true
	is_davit || [ "$status" != 0 ] || skip 'this runc does not look'
	expect_status 255
}

@test "descriptors of socket activation are handed on, with LISTEN_PID for the program" {
	begin
	printf 'activated\n' >"$T/three"
	# shellcheck disable=SC2016 # for the shells there
	run bash -c 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3<"$0"' "$T/three" \
		"$RUNTIME" --root "$ROOT" exec "$ID" sh -c 'echo $LISTEN_FDS; [ $LISTEN_PID = $$ ] && echo mine; cat <&3'
	is_davit || skip 'runc says 1 of any process'
	expect_output $'1\nmine\nactivated'
}

# ---- the terminal

@test "--tty with a console socket hands the terminal over" {
	begin
	listen 42 123
	run quietly runtime exec --tty --detach --console-socket "$T/socket" "$ID" \
		sh -c 'sleep 0.3; tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all three; stty size; read -r line; echo "got $line"'
	expect_status 0
	wait_for 5 grep -q '42 123' "$T/screen"
	grep -q 'all three' "$T/screen"
	grep -q '^/dev/pts/0' "$T/screen"
	echo typed >&7
	wait_for 5 grep -q 'got typed' "$T/screen"
}

@test "a process of a file has its terminal by that" {
	begin
	listen
	process '.args = ["sh", "-c", "stty size"] | .terminal = true | .consoleSize = { "height": 33, "width": 144 }'
	run quietly runtime exec -d --process "$T/process" --console-socket "$T/socket" "$ID"
	expect_status 0
	wait_for 5 grep -q '33 144' "$T/screen"
}

@test "--tty takes what it takes for crun, too: -tno, --tty=no" {
	only_davit "and crun take that"
	begin
	local option
	for option in -tno --tty=no --tty=false; do
		run runtime exec "$option" "$ID" sh -c '[ -t 0 ] || echo none' </dev/null
		expect_output none
	done
}

@test "an error comes through with a terminal too" {
	only_davit "and newer runc return 255"
	begin
	listen
	run quietly runtime exec -td --console-socket "$T/socket" "$ID" nosuchprogram
	expect_refusal 'executable file not found in $PATH'
}

@test "a terminal without a console socket is refused where nobody would hold it" {
	begin
	run quietly runtime exec --tty --detach "$ID" true
	expect_refusal 'console socket'
	run quietly runtime exec --console-socket "$T/socket" --detach "$ID" true
	expect_status 255
}

@test "--tty in the foreground gives the program a terminal of its own" {
	begin
	in_foreground sh -c 'stty rows 31 cols 77; stty -a >'"$T/before"'; "$@"; status=$?; stty -a >'"$T/after"'; exit $status' \
		sh "$RUNTIME" --root "$ROOT" exec -t "$ID" sh -c 'tty; stty size; [ -t 1 ] && echo terminal; exit 5'
	expect_status 5
	expect_in_output /dev/pts/0
	expect_in_output terminal
	is_davit || skip 'runc sets the size when the program is at work already'
	expect_in_output '31 77'
	cmp "$T/before" "$T/after"
}

@test "the container's own terminal is not the program's" {
	config '.process.terminal = true'
	listen
	args sleep 1000
	run_detached --console-socket "$T/socket"
	inside -- sh -c '[ -t 0 ] || [ -t 1 ] || echo none' </dev/null
	expect_output none
}

# ---- where it is

@test "the program is in the container's namespaces" {
	local kind
	begin
	for kind in cgroup ipc mnt net pid uts user; do
		inside -- readlink "/proc/self/ns/$kind"
		expect_output "$(readlink "/proc/$PID/ns/$kind")"
	done
	inside -- hostname
	expect_output container
}

@test "the program is in the container's control groups, and a child of its davit's" {
	begin
	quietly runtime exec -d --pid-file "$T/pid" "$ID" sleep 1000
	cmp <(grep -v '^[0-9]*:name=systemd:' "/proc/$(cat "$T/pid")/cgroup") \
		<(grep -v '^[0-9]*:name=systemd:' "/proc/$PID/cgroup")
	# and so it goes with it
	runtime delete --force "$ID"
	wait_for 5 is_dead "$(cat "$T/pid")"
}

@test "exec in a user namespace: its root, its ids, and its rights alone" {
	needs_root "its containers have one anyway"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$BUNDLE/rootfs"
	begin
	inside -- sh -c 'id -u; readlink /proc/self/ns/user; cat /proc/self/uid_map'
	expect_output "0
$(readlink "/proc/$PID/ns/user")
         0     100000      65536"
	quietly runtime exec -d --pid-file "$T/pid" --user 5:6 "$ID" sleep 1000
	[ "$(stat -c %u:%g "/proc/$(cat "$T/pid")")" = 100005:100006 ]
	inside --user 65536 -- true
	expect_status 255
}

@test "exec --tty in a user namespace" {
	only_davit "and newer runc can"
	needs_root "its containers have one anyway"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$BUNDLE/rootfs"
	begin
	listen
	run quietly runtime exec -td --console-socket "$T/socket" "$ID" sh -c 'tty; stat -c "owner %u" /dev/pts/0; echo end'
	expect_status 0
	wait_for 5 grep -q end "$T/screen"
	grep -q 'owner 0' "$T/screen"
}

@test "exec in a container that shares the host's pid namespace" {
	needs_root "it can't mount a proc there"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	begin
	inside -- readlink /proc/self/ns/pid
	expect_output "$(readlink /proc/self/ns/pid)"
}

@test "exec in a container with a time namespace" {
	only_davit "and newer runc know it"
	[ -e /proc/self/ns/time ] || skip 'no time namespaces'
	config '.linux.namespaces += [ { "type": "time" } ] | .linux.timeOffsets = { "boottime": { "secs": 100000000 } }'
	begin
	inside -- readlink /proc/self/ns/time
	expect_output "$(readlink "/proc/$PID/ns/time")"
	inside -- sh -c 'read -r up idle </proc/uptime; [ ${up%.*} -gt 100000000 ] && echo later'
	expect_output later
}

@test "the container's seccomp filter applies" {
	cp "$HELPERS/syscall" "$BUNDLE/rootfs/bin/syscall"
	config '.linux.seccomp = { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": [ "getpgid" ],
		"action": "SCMP_ACT_ERRNO", "errnoRet": 33 } ] }'
	begin
	inside -- syscall getpgid 0
	expect_output EDOM
	process '.args = [ "syscall", "getpgid", "0" ] | .noNewPrivileges = false'
	inside --process "$T/process" --
	expect_output EDOM
}

# ---- into a control group below the container's

# Makes the cgroup `below` in the container's, in all hierarchies.
make_below ()
{
	local dir
	while IFS= read -r dir; do
		mkdir "$dir/below"
		for file in cpuset.cpus cpuset.mems; do
			[ ! -e "$dir/below/$file" ] || [ -n "$(cat "$dir/below/$file")" ] ||
				cat "$dir/$file" >"$dir/below/$file"
		done
	done < <(find /sys/fs/cgroup -type d -name "*$ID*")
}

@test "--cgroup puts the program below the container's own" {
	needs_root "the tests make it by hand"
	begin
	make_below
	quietly runtime exec -d --pid-file "$T/pid" --cgroup below "$ID" sleep 1000
	diff <(sed 's,$,/below,' "/proc/$PID/cgroup" | grep "$ID") <(grep "$ID" "/proc/$(cat "$T/pid")/cgroup")
	quietly runtime exec -d --pid-file "$T/pid" --cgroup / "$ID" sleep 1000
	cmp "/proc/$PID/cgroup" "/proc/$(cat "$T/pid")/cgroup"
}

@test "--cgroup CONTROLLER:PATH does so in that hierarchy alone" {
	needs_root "the tests make it by hand"
	! is_v2 || skip 'there is one hierarchy'
	begin
	make_below
	quietly runtime exec -d --pid-file "$T/pid" --cgroup memory:below --cgroup pids,freezer:below "$ID" sleep 1000
	[ "$(grep -c /below "/proc/$(cat "$T/pid")/cgroup")" = 3 ]
	grep -q ':memory:.*/below' "/proc/$(cat "$T/pid")/cgroup"
	only_davit "refuses what is not there"
	inside --cgroup nosuch:below -- true
	expect_status 255
	inside --cgroup memory:below --cgroup below -- true
	expect_status 255
	inside --cgroup :below -- true
	expect_status 255
}

@test "--cgroup leads nowhere but below (SEC-24)" {
	local path
	begin
	for path in .. ../.. below/../.. /../x nosuch cgroup.procs 'a b'; do
		inside --cgroup "$path" -- true
		expect_status 255
	done
	inside --cgroup ../.. -- true
	expect_refusal '../..'
}

@test "exec beside an init that has divided its cgroup2" {
	local dir
	only_davit "and newer runc follow init"
	needs_root "the tests divide it by hand"
	begin
	dir=$(find /sys/fs/cgroup -type d -name "*$ID*" -exec test -e {}/cgroup.subtree_control \; -print -quit)
	[ -n "$dir" ] && read -r controller _ <"$dir/cgroup.controllers" || skip 'no cgroup2 with a controller'
	mkdir "$dir/init.scope"
	echo "$PID" >"$dir/init.scope/cgroup.procs"
	echo "+$controller" >"$dir/cgroup.subtree_control"
	quietly runtime exec -d --pid-file "$T/pid" "$ID" sleep 1000
	grep -q '^0::.*/init.scope$' "/proc/$(cat "$T/pid")/cgroup"
	# whoever names a place gets that or nothing
	inside --cgroup / -- true
	expect_status 255
}

# ---- paused

@test "exec in a paused container is refused" {
	needs_root "its cgroup may not be frozen"
	begin
	runtime pause "$ID"
	inside -- true
	expect_refusal 'cannot exec in a paused container (use --ignore-paused to override)'
}

@test "--ignore-paused: the program waits until the container is resumed" {
	needs_root "its cgroup may not be frozen"
	begin
	runtime pause "$ID"
	runtime exec --ignore-paused "$ID" sh -c 'echo late; exit 3' >"$T/late" 3>&- &
	sleep 0.5
	[ ! -s "$T/late" ]
	runtime resume "$ID"
	status=0
	wait $! || status=$?
	expect_status 3
	expect_file "$T/late" late
}

@test "--ignore-paused can be given up, and nothing of it goes on" {
	only_davit "does not wait for what is frozen"
	needs_root "its cgroup may not be frozen"
	begin
	runtime pause "$ID"
	in_background "$RUNTIME" --root "$ROOT" exec --ignore-paused "$ID" touch /tmp/late
	sleep 0.5
	kill -TERM $!
	status=0
	wait $! || status=$?
	expect_status 143
	runtime resume "$ID"
	sleep 0.3
	[ ! -e "$BUNDLE/rootfs/tmp/late" ]
	[ "$(runtime ps --format json "$ID" | jq length)" = 1 ]
}

# ---- a container that dies

@test "the program dies with the container" {
	begin
	runtime exec "$ID" sh -c 'touch /tmp/ready; sleep 1000' 3>&- &
	wait_for 5 test -e "$BUNDLE/rootfs/tmp/ready"
	runtime kill "$ID" KILL
	status=0
	wait $! || status=$?
	expect_status 137
}

@test "exec in a container that dies meanwhile ends, one way or the other" {
	local n
	for n in 1 2 3 4 5 6 7 8; do
		begin
		(
			sleep "0.00$n"
			kill -KILL "$PID"
		) 3>&- &
		run timeout 20 "$RUNTIME" --root "$ROOT" exec "$ID" sleep 1000
		case $status in
		137 | 255) ;;
		*) false ;;
		esac
		wait $!
		runtime delete --force "$ID"
	done
}

# ---- what the container's processes can do to it

@test "a working directory through a leaked descriptor can't be had (SEC-14)" {
	local fd
	begin
	exec 5</ 6</sys/fs/cgroup
	for fd in 3 4 5 6 7 8 9 10 11 12 20 30; do
		inside --cwd "/proc/self/fd/$fd" -- sh -c 'cat ../../../../../../etc/passwd | head -n 1; pwd'
		is_davit || [ "$status" != 0 ] || skip 'this runc has the hole'
		expect_status 255
	done
	for fd in 5 7 8; do
		ln -sfn "/proc/self/fd/$fd" "$BUNDLE/rootfs/link"
		inside --cwd /link -- true
		expect_status 255
	done
}

# ambush: one lies in wait inside while others come in; $BUNDLE/rootfs/tmp/booty is what it got.
ambush ()
{
	cp "$HELPERS/ptracer" "$BUNDLE/rootfs/bin/ptracer"
	args ptracer /tmp/booty 3
	run_detached
	wait_for 5 test -e "$BUNDLE/rootfs/tmp/booty"
	while is_running; do
		runtime exec "$ID" true || true
	done
	[ -e "$BUNDLE/rootfs/tmp/booty" ]
}

@test "a process of the container can't trace or look into one that comes in (SEC-03)" {
	ambush
	expect_file "$BUNDLE/rootfs/tmp/booty" ''
}

@test "nor can one with CAP_SYS_PTRACE in a user namespace (SEC-03)" {
	needs_root "its containers have one anyway"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings
		| .process.capabilities |= with_entries(.value += [ "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE" ])'
	chown -R 100000:100000 "$BUNDLE/rootfs"
	ambush
	expect_file "$BUNDLE/rootfs/tmp/booty" ''
}

# ---- for engines

# Receives one descriptor on $T/pidfd and says of which process it is.
receive_pidfd ()
{
	python3 - "$T/pidfd" >"$T/received" 3>&- <<'END' &
import re, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
connection = listening.accept()[0]
data, fds, _, _ = socket.recv_fds(connection, 4096, 1)
print(re.search(r"^Pid:\s*(\d+)", open(f"/proc/self/fdinfo/{fds[0]}").read(), re.M)[1])
END
	receiver=$!
	wait_for 5 test -S "$T/pidfd"
}

@test "--pidfd-socket gets a pidfd of the program" {
	only_davit "and newer runc have it"
	begin
	receive_pidfd
	quietly runtime exec -d --pidfd-socket "$T/pidfd" --pid-file "$T/pid" "$ID" sleep 1000
	wait "$receiver"
	expect_file "$T/received" "$(cat "$T/pid")"
	inside --pidfd-socket "$T/nosuch" -- true
	expect_status 255
}

@test "--trace writes the time of each step" {
	only_davit "has it"
	begin
	inside --trace "$T/trace" -- true
	expect_status 0
	jq -e '[ .traceEvents[] | select(.ph == "X") | .name ] | index("join the namespaces") and index("execute the program")' "$T/trace"
}
