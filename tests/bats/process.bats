#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The program and what it is given: user, rights, limits, environment; and what is said when it can't
# be executed.

load load

# capabilities JSON: gives the program these sets.
capabilities ()
{
	config --argjson sets "$1" '.process.capabilities = $sets'
}

# status_line NAME: the program prints this line of its /proc/self/status, without the name.
status_line ()
{
	in_container "sed -n 's/^$1:[[:space:]]*//p' /proc/self/status"
}

@test "the program has the user and group of the config" {
	config '.process.user = { "uid": 1000, "gid": 1001 }'
	in_container 'echo $(id -u):$(id -g)'
	expect_output 1000:1001
}

@test "a user that /etc/passwd does not know is fine" {
	config '.process.user = { "uid": 54321, "gid": 54322 }'
	in_container 'echo $(id -u):$(id -g)'
	expect_output 54321:54322
}

@test "without additionalGids the program has no group but its own" {
	config '.process.user = { "uid": 1000, "gid": 1000 }'
	in_container 'id -G'
	expect_output 1000
}

@test "the program has just the additional groups of the config (SEC-29)" {
	config '.process.user = { "uid": 1000, "gid": 1000, "additionalGids": [ 5, 7777, 65534 ] }'
	in_container 'id -G'
	expect_output '1000 5 7777 65534'
}

@test "the highest user and group ids are taken as they are" {
	needs_root "these ids are not his"
	local highest=4294967294
	is_davit || highest=2147483647
	config --argjson id "$highest" '.process.user = { "uid": $id, "gid": $id }'
	status_line Uid
	expect_output "$(printf '%s\t%s\t%s\t%s' $highest $highest $highest $highest)"
}

@test "an /etc/passwd that calls somebody 1000 does not change who user 1000 is (SEC-01)" {
	printf '1000:x:0:0:root:/root:/bin/sh\n' >"$BUNDLE/rootfs/etc/passwd"
	config '.process.user = { "uid": 1000, "gid": 1000 }'
	in_container 'id -u'
	expect_output 1000
}

@test "a user id that is negative, too large or no number is refused" {
	for uid in -1 4294967296 18446744073709551616 '"0"' 1.5; do
		config --argjson uid "$uid" '.process.user = { "uid": $uid, "gid": 0 }'
		run runtime run --bundle "$BUNDLE" "$ID"
		expect_status 1
		nothing_is_left
	done
}

@test "the umask is the one of the config" {
	config '.process.user.umask = 23'
	in_container umask
	expect_output 0027
}

@test "the umask without one in the config is 0022" {
	umask 077
	in_container umask
	expect_output 0022
}

@test "the program starts in the working directory" {
	mkdir -p "$BUNDLE/rootfs/some/where"
	config '.process.cwd = "/some/where"'
	in_container pwd
	expect_output /some/where
}

@test "a working directory that is missing is made" {
	config '.process.cwd = "/made/for/it"'
	in_container pwd
	expect_output /made/for/it
}

@test "a relative working directory is refused" {
	config '.process.cwd = "tmp"'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 1
	shopt -s nocasematch
	expect_in_output cwd
	nothing_is_left
}

@test "a working directory that only root may enter is not entered for another user" {
	only_davit "(runc enters it before it becomes the user)"
	mkdir -m 700 "$BUNDLE/rootfs/secret"
	config '.process.user = { "uid": 1000, "gid": 1000 } | .process.cwd = "/secret"
		| del(.process.capabilities)'
	in_container true
	expect_status 1
	nothing_is_left
}

@test "the environment is the one of the config, and the host's does not leak in" {
	config '.process.env = [ "PATH=/bin", "HOME=/h", "A=1", "B=with = and space", "EMPTY=" ]'
	args env
	LEAK=1 run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_output "$(printf 'PATH=/bin\nHOME=/h\nA=1\nB=with = and space\nEMPTY=')"
}

@test "HOME is the user's home in the container's /etc/passwd when the config has none" {
	config '.process.env = [ "PATH=/bin" ] | .process.user = { "uid": 1000, "gid": 1000 }'
	in_container 'echo $HOME'
	expect_output /home/user
}

@test "HOME is / for a user that /etc/passwd does not know" {
	config '.process.env = [ "PATH=/bin" ] | .process.user = { "uid": 4321, "gid": 0 }'
	in_container 'echo $HOME'
	expect_output /
}

@test "HOME is / in a root without /etc/passwd" {
	rm "$BUNDLE/rootfs/etc/passwd"
	config '.process.env = [ "PATH=/bin" ]'
	in_container 'echo $HOME'
	expect_output /
}

@test "the program is found in the PATH of the container, in its order" {
	mkdir -p "$BUNDLE/rootfs"/{first,second}
	printf '#!/bin/sh\necho first\n' >"$BUNDLE/rootfs/first/tool"
	printf '#!/bin/sh\necho second\n' >"$BUNDLE/rootfs/second/tool"
	chmod +x "$BUNDLE/rootfs"/*/tool
	config '.process.env = [ "PATH=/nowhere:/second:/first:/bin" ]'
	args tool
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_output second
}

@test "a file in PATH that is not executable is passed over" {
	mkdir -p "$BUNDLE/rootfs"/{first,second}
	echo nothing >"$BUNDLE/rootfs/first/tool"
	printf '#!/bin/sh\necho second\n' >"$BUNDLE/rootfs/second/tool"
	chmod +x "$BUNDLE/rootfs/second/tool"
	config '.process.env = [ "PATH=/first:/second:/bin" ]'
	args tool
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_output second
}

@test "a program with a slash is taken from the working directory, not from PATH" {
	mkdir -p "$BUNDLE/rootfs/here"
	printf '#!/bin/sh\necho here\n' >"$BUNDLE/rootfs/here/tool"
	chmod +x "$BUNDLE/rootfs/here/tool"
	config '.process.cwd = "/here"'
	args ./tool
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_output here
}

@test "the program sees its arguments as they are, also empty ones" {
	args sh -c 'for a; do echo "<$a>"; done' sh one '' 'two words' '$HOME' $'new\nline'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_output "$(printf '<one>\n<>\n<two words>\n<$HOME>\n<new\nline>')"
}

@test "a program that PATH does not have is named in the error that engines know" {
	args nosuchprogram
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 1
	expect_in_output nosuchprogram
	expect_in_output 'executable file not found in $PATH'
	nothing_is_left
}

@test "the program that is missing is found missing at create" {
	args nosuchprogram
	run create
	expect_error 'executable file not found in $PATH'
	nothing_is_left
}

@test "a program with a path that is missing gives the error that engines know" {
	args /nosuch/program
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 1
	expect_in_output /nosuch/program
	shopt -s nocasematch
	expect_in_output 'no such file or directory'
	nothing_is_left
}

@test "a program that may not be executed gives permission denied" {
	echo text >"$BUNDLE/rootfs/text"
	chmod 644 "$BUNDLE/rootfs/text"
	args /text
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 1
	expect_in_output /text
	shopt -s nocasematch
	expect_in_output 'permission denied'
	nothing_is_left
}

@test "a directory as the program gives permission denied or is a directory" {
	args /bin
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 1
	shopt -s nocasematch
	[[ $output == *'permission denied'* || $output == *'is a directory'* ]]
	nothing_is_left
}

@test "a file that is no program gives exec format error" {
	echo text >"$BUNDLE/rootfs/text"
	chmod 755 "$BUNDLE/rootfs/text"
	args /text
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 1
	shopt -s nocasematch
	expect_in_output 'exec format error'
	nothing_is_left
}

@test "an empty command is not found" {
	args ''
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 1
	is_davit && expect_in_output 'not found in $PATH'
	nothing_is_left
}

@test "only a missing program is called no such file or directory" {
	only_davit "keeps the phrase for that"
	shopt -s nocasematch
	config '.root.path = "nosuchroot"'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 1
	[[ $output != *'no such file or directory'* ]]
	run runtime run --bundle "$T/nosuchbundle" "$ID"
	expect_status 1
	[[ $output != *'no such file or directory'* ]]
	config '.root.path = "rootfs" | .mounts += [ { "destination": "/x", "source": "/nosuch/source", "options": [ "bind" ] } ]'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 1
	[[ $output != *'no such file or directory'* ]]
}

@test "the capability sets are those of the config" {
	config '.process.user.uid = 1000'
	# CHOWN is 0, KILL 5, SETPCAP 8, NET_BIND_SERVICE 10
	capabilities '{
		"bounding": [ "CAP_CHOWN", "CAP_KILL", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE" ],
		"permitted": [ "CAP_CHOWN", "CAP_KILL" ],
		"effective": [ "CAP_KILL" ],
		"inheritable": [ "CAP_CHOWN", "CAP_KILL" ],
		"ambient": [ "CAP_CHOWN", "CAP_KILL" ]
	}'
	in_container 'sed -n "s/^Cap\(Inh\|Prm\|Eff\|Bnd\|Amb\):[[:space:]]*0*/\1 /p" /proc/self/status'
	expect_status 0
	# execve makes effective and permitted of the ambient ones for a user that is not root
	expect_output "$(printf 'Inh 21\nPrm 21\nEff 21\nBnd 521\nAmb 21')"
}

@test "the default bundle's program has no inheritable and no ambient capability (SEC-10)" {
	in_container 'sed -n "s/^Cap\(Inh\|Amb\):[[:space:]]*//p" /proc/self/status'
	expect_output "$(printf '0000000000000000\n0000000000000000')"
}

@test "a user that is not root has no capability without ambient ones (SEC-02)" {
	config '.process.user = { "uid": 1000, "gid": 1000 }'
	in_container 'sed -n "s/^Cap\(Prm\|Eff\|Amb\):[[:space:]]*//p" /proc/self/status'
	expect_output "$(printf '0000000000000000\n0000000000000000\n0000000000000000')"
}

@test "a config without capabilities gives the program none" {
	config 'del(.process.capabilities)'
	in_container 'sed -n "s/^Cap...:[[:space:]]*//p" /proc/self/status | sort -u'
	expect_output 0000000000000000
}

@test "an unknown capability is warned of and otherwise ignored" {
	config '.process.capabilities.bounding += [ "CAP_NO_SUCH_THING" ]'
	run --separate-stderr runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[[ $stderr == *CAP_NO_SUCH_THING* ]]
}

@test "noNewPrivileges is as in the config" {
	status_line NoNewPrivs
	expect_output 1
	config '.process.noNewPrivileges = false'
	status_line NoNewPrivs
	expect_output 0
}

@test "the resource limits are those of the config, soft and hard" {
	config '.process.rlimits = [
		{ "type": "RLIMIT_NOFILE", "soft": 100, "hard": 200 },
		{ "type": "RLIMIT_CORE", "soft": 0, "hard": 4096 },
		{ "type": "RLIMIT_NPROC", "soft": 300, "hard": 300 }
	]'
	in_container 'ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc; ulimit -Su'
	expect_output "$(printf '100\n200\n0\n8\n300')"
}

# Each type, and the name that proc has for it.
limit_names='AS:address space CORE:core file size CPU:cpu time DATA:data size FSIZE:file size LOCKS:file locks
	MEMLOCK:locked memory MSGQUEUE:msgqueue size NICE:nice priority NOFILE:open files NPROC:processes
	RSS:resident set RTPRIO:realtime priority RTTIME:realtime timeout SIGPENDING:pending signals STACK:stack size'

@test "every resource limit that Linux has can be set" {
	local pair name
	while IFS= read -r pair; do
		name=${pair%%:*}
		config --arg name "RLIMIT_$name" --argjson hard "$(rlimit_to_set "$name")" \
			'.process.rlimits += [ { "type": $name, "soft": ([ $hard - 1, 0 ] | max), "hard": $hard } ]'
	done < <(grep -oE '[A-Z]+:[a-z ]*[a-z]' <<<"$limit_names")
	# the one that the default bundle has is given again
	config '.process.rlimits |= (reverse | unique_by(.type))'
	[ "$(jq '.process.rlimits | length' "$BUNDLE/config.json")" = 16 ]
	in_container 'cat /proc/self/limits'
	expect_status 0
	while IFS= read -r pair; do
		name=RLIMIT_${pair%%:*}
		grep -qE "^Max ${pair#*:} +$(jq -r --arg name "$name" '.process.rlimits[] | select(.type == $name)
			| "\(.soft) +\(.hard)"' "$BUNDLE/config.json")( |\$)" <<<"$output" || {
			echo "$name: $output"
			return 1
		}
	done < <(grep -oE '[A-Z]+:[a-z ]*[a-z]' <<<"$limit_names")
}

# What is no more than the hard limit of the tests' own process: raising may not be allowed here.
rlimit_to_set ()
{
	local value
	value=$(prlimit --noheadings --raw --output HARD "--$(tr '[:upper:]' '[:lower:]' <<<"$1")")
	[ "$value" = unlimited ] && value=1099511627776
	echo "$value"
}

@test "a soft limit above the hard limit is refused" {
	config '.process.rlimits = [ { "type": "RLIMIT_NOFILE", "soft": 200, "hard": 100 } ]'
	in_container true
	expect_status 1
	nothing_is_left
}

@test "an unknown resource limit is refused" {
	config '.process.rlimits = [ { "type": "RLIMIT_NOSUCH", "soft": 1, "hard": 1 } ]'
	in_container true
	expect_error RLIMIT_NOSUCH
	nothing_is_left
}

@test "a resource limit that is given twice is refused" {
	only_davit "and no peer refuses it, as the specification demands"
	config '.process.rlimits += .process.rlimits'
	in_container true
	expect_error RLIMIT_NOFILE
	nothing_is_left
}

@test "oomScoreAdj is the one of the config" {
	config '.process.oomScoreAdj = 321'
	in_container 'cat /proc/self/oom_score_adj'
	expect_output 321
}

@test "oomScoreAdj 0 is set, and without it the caller's stays" {
	needs_root "it can't be lowered again"
	(
		echo 100 >/proc/self/oom_score_adj
		in_container 'cat /proc/self/oom_score_adj'
		expect_output 100
		config '.process.oomScoreAdj = 200'
		in_container 'cat /proc/self/oom_score_adj'
		expect_output 200
		config '.process.oomScoreAdj = 0'
		in_container 'cat /proc/self/oom_score_adj'
		expect_output 0
	)
}

@test "oomScoreAdj can be raised in a user namespace" {
	needs_root "the container has a user namespace already"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings
		| .process.oomScoreAdj = 300'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
	in_container 'cat /proc/self/oom_score_adj'
	expect_status 0
	expect_output 300
}

@test "an oomScoreAdj out of range is refused" {
	only_davit "checks the range"
	for score in -1001 1001 '"1"'; do
		config --argjson score "$score" '.process.oomScoreAdj = $score'
		in_container true
		expect_error oomScoreAdj
	done
	nothing_is_left
}

@test "the personality LINUX32 makes the machine look like 32 bits" {
	only_davit "and runc since 1.2 set the personality"
	config '.linux.personality = { "domain": "LINUX32" }'
	in_container 'uname -m; cat /proc/self/personality'
	expect_status 0
	[ "${lines[1]}" = 00000008 ]
	case $(uname -m) in
	x86_64) [ "${lines[0]}" = i686 ] ;;
	esac
}

@test "a process that is executed in the container has its personality too" {
	config '.linux.personality = { "domain": "LINUX32" }'
	args sleep 100
	run_detached
	run runtime exec "$ID" cat /proc/self/personality
	expect_output 00000008
	jq '.process | .args = [ "cat", "/proc/self/personality" ]' <"$BUNDLE/config.json" >"$T/process.json"
	run runtime exec --process "$T/process.json" "$ID"
	expect_output 00000008
}

@test "the personality LINUX is the usual one, and an unknown one is refused" {
	only_davit "and runc since 1.2 set the personality"
	config '.linux.personality = { "domain": "LINUX" }'
	in_container 'cat /proc/self/personality'
	expect_output 00000000
	config '.linux.personality = { "domain": "LINUX16" }'
	in_container true
	expect_error LINUX16
	config '.linux.personality = { "domain": "LINUX", "flags": [ "ADDR_NO_SUCH" ] }'
	in_container true
	expect_error /linux/personality/flags
}

@test "the scheduler is the one of the config" {
	needs_root "real time is not everybody's"
	only_davit "and runc since 1.2 set the scheduler"
	config '.process.scheduler = { "policy": "SCHED_BATCH", "nice": 5 }'
	# the nice value, the real-time priority and the policy, as numbers of the kernel
	in_container 'cut -d" " -f19,40,41 /proc/self/stat'
	expect_output '5 0 3'
	config '.process.scheduler = { "policy": "SCHED_IDLE" }'
	in_container 'cut -d" " -f41 /proc/self/stat'
	expect_output 5
	config '.process.scheduler = { "policy": "SCHED_FIFO", "priority": 3 }'
	# kernels with real-time groups give a new control group no such time
	[ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] ||
		config '.linux.resources.cpu = { "realtimePeriod": 1000000, "realtimeRuntime": 1000 }'
	in_container 'cut -d" " -f40,41 /proc/self/stat'
	expect_output '3 1'
}

# scheduling JSON [REALTIME]: a container with this scheduler, as chrt sees it; with time for real-time
# processes, of which a new control group has none where the kernel has groups of them.
scheduling ()
{
	config --argjson value "$1" '.process.scheduler = $value'
	[ -z "${2-}" ] || [ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] ||
		config '.linux.resources.cpu = { "realtimePeriod": 1000000, "realtimeRuntime": 1000 }'
	args sleep 100
	run create
	expect_status 0
	runtime start "$ID"
	wait_for 5 grep -q '^sleep' "/proc/$(container_pid)/cmdline"
	chrt -p "$(container_pid)" >"$T/scheduling"
	runtime delete --force "$ID"
}

@test "each policy of scheduling that Linux has is the program's, with what belongs to it" {
	only_davit "and runc since 1.2 set the scheduler"
	needs_root "real time is not everybody's"
	local policy
	for policy in OTHER BATCH IDLE; do
		scheduling "{ \"policy\": \"SCHED_$policy\" }"
		grep -q "policy: SCHED_$policy\$" "$T/scheduling"
	done
	for policy in FIFO RR; do
		scheduling "{ \"policy\": \"SCHED_$policy\", \"priority\": 42 }" realtime
		grep -q "policy: SCHED_$policy\$" "$T/scheduling"
		grep -q 'priority: 42$' "$T/scheduling"
	done
	scheduling '{ "policy": "SCHED_RR", "priority": 3, "flags": [ "SCHED_FLAG_RESET_ON_FORK" ] }' realtime
	grep -q 'policy: SCHED_RR|SCHED_RESET_ON_FORK$' "$T/scheduling"
	# there is none of that name in any kernel
	config '.process.scheduler = { "policy": "SCHED_ISO" }'
	in_container true
	expect_error SCHED_ISO
}

@test "a deadline has the run time, deadline and period of the config" {
	only_davit "and runc since 1.2 set the scheduler"
	needs_root "real time is not everybody's"
	chrt --deadline --sched-runtime 1000000 --sched-deadline 20000000 --sched-period 30000000 0 true ||
		skip 'no deadlines to be had here'
	scheduling '{ "policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 20000000, "period": 30000000,
		"flags": [ "SCHED_FLAG_RESET_ON_FORK" ] }'
	grep -q 'policy: SCHED_DEADLINE|SCHED_RESET_ON_FORK$' "$T/scheduling"
	grep -q 'parameters: 1000000/20000000/30000000$' "$T/scheduling"
}

# The policy of memory that has none of its own.
show_policy="sed -n '1s/^[^ ]* \\(.*\\) [a-z]*=.*/\\1/p' /proc/self/numa_maps | sed 's/ \\(file\\|anon\\|heap\\|stack\\|dirty\\|mapped\\).*//'"

@test "the memory policy is the one of the config" {
	[ -e /proc/self/numa_maps ] || skip 'the kernel is built without NUMA'
	local policy
	for policy in BIND=bind:0 INTERLEAVE=interleave:0 PREFERRED=prefer:0 'PREFERRED_MANY=prefer (many):0' \
		'WEIGHTED_INTERLEAVE=weighted interleave:0'; do
		# Linux 6.9
		[[ $policy != WEIGHTED* ]] || [ -e /sys/kernel/mm/mempolicy/weighted_interleave ] || continue
		config --arg mode "MPOL_${policy%=*}" '.linux.memoryPolicy = { "mode": $mode, "nodes": "0" }'
		in_container "$show_policy"
		expect_output "${policy#*=}"
	done
	config '.linux.memoryPolicy = { "mode": "MPOL_LOCAL", "nodes": "" }'
	in_container "$show_policy"
	expect_output local
	config '.linux.memoryPolicy = { "mode": "MPOL_DEFAULT" }'
	in_container "$show_policy"
	expect_output default
	for policy in STATIC_NODES:static RELATIVE_NODES:relative NUMA_BALANCING:balancing; do
		config --arg flag "MPOL_F_${policy%:*}" \
			'.linux.memoryPolicy = { "mode": "MPOL_BIND", "nodes": "0", "flags": [ $flag ] }'
		in_container "$show_policy"
		expect_output "bind=${policy#*:}:0"
	done
	config 'del(.linux.memoryPolicy)'
	in_container "$show_policy"
	expect_output default
}

@test "a process that is executed in the container has its memory policy too" {
	[ -e /proc/self/numa_maps ] || skip 'the kernel is built without NUMA'
	only_davit 'gives it to those as well'
	config '.linux.memoryPolicy = { "mode": "MPOL_BIND", "nodes": "0" }'
	args sleep 100
	run_detached
	run runtime exec "$ID" sh -c "$show_policy"
	expect_output bind:0
	jq --arg script "$show_policy" '.process | .args = [ "sh", "-c", $script ]' \
		<"$BUNDLE/config.json" >"$T/process.json"
	run runtime exec --process "$T/process.json" "$ID"
	expect_output bind:0
}

@test "a memory policy of nodes that are not there is refused with its place in the config" {
	[ -e /proc/self/numa_maps ] || skip 'the kernel is built without NUMA'
	[ ! -e /sys/devices/system/node/node1023 ] || skip 'the host has a node 1023'
	config '.linux.memoryPolicy = { "mode": "MPOL_BIND", "nodes": "1023" }'
	in_container true
	expect_status 1
	is_davit || return 0
	run runtime check --bundle "$BUNDLE"
	expect_in_output '/linux/memoryPolicy: warning: this host has no memory node 1023'
	in_container true
	[[ $output =~ config\.json:[0-9]+:\ /linux/memoryPolicy:\ set\ the\ memory\ policy\ MPOL_BIND\ of\ nodes\ 1023: ]]
}

@test "a scheduler that Linux does not have is refused" {
	only_davit "and runc since 1.2 set the scheduler"
	config '.process.scheduler = { "policy": "SCHED_NOSUCH" }'
	in_container true
	expect_error SCHED_NOSUCH
	config '.process.scheduler = { "policy": "SCHED_FIFO", "priority": 3, "flags": [ "SCHED_FLAG_NOSUCH" ] }'
	in_container true
	expect_error SCHED_FLAG_NOSUCH
	nothing_is_left
}

@test "the io priority is the one of the config" {
	only_davit "and runc since 1.2 set the io priority"
	config '.process.ioPriority = { "class": "IOPRIO_CLASS_BE", "priority": 6 }'
	in_container 'ionice -p $$'
	expect_output 'best-effort: prio 6'
	config '.process.ioPriority = { "class": "IOPRIO_CLASS_IDLE", "priority": 0 }'
	in_container 'ionice -p $$'
	expect_in_output idle
}

@test "each class of io priority is the program's" {
	only_davit "and runc since 1.2 set the io priority"
	needs_root "real time is not everybody's"
	local class
	for class in RT:realtime BE:best-effort; do
		config --arg class "IOPRIO_CLASS_${class%:*}" '.process.ioPriority = { "class": $class, "priority": 3 }'
		in_container 'ionice -p $$'
		expect_status 0
		expect_output "${class#*:}: prio 3"
	done
	config '.process.ioPriority = { "class": "IOPRIO_CLASS_IDLE" }'
	in_container 'ionice -p $$'
	expect_in_output idle
}

@test "an io priority that Linux does not have is refused" {
	only_davit "and runc since 1.2 set the io priority"
	for value in '{ "class": "IOPRIO_CLASS_NOSUCH" }' \
		'{ "class": "IOPRIO_CLASS_BE", "priority": 8 }'; do
		config --argjson value "$value" '.process.ioPriority = $value'
		in_container true
		expect_error ioPriority
	done
	nothing_is_left
}

@test "the program is the leader of a session of its own" {
	in_container 'cut -d" " -f5,6 /proc/$$/stat'
	expect_output '1 1'
}

@test "the program ignores and blocks no signal, whatever the caller does" {
	only_davit "resets what the caller ignores"
	args sh -c 'exec grep -E "^Sig(Blk|Ign):" /proc/self/status'
	run env --ignore-signal=HUP,TERM,USR1,PIPE --block-signal=USR2 \
		"$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_output "$(printf 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000')"
}

@test "a config without process can be created, but not started" {
	only_davit "creates it, as the specification allows"
	config 'del(.process)'
	create
	[ "$(container_status)" = created ]
	run runtime start "$ID"
	expect_status 1
	runtime delete --force "$ID"
}

@test "a program that ends at once gives its status a hundred times" {
	local n=100
	is_davit || n=5
	args sh -c 'exit 42'
	for ((i = 0; i < n; i++)); do
		run runtime run --bundle "$BUNDLE" "$ID"
		expect_status 42
	done
}

@test "large output arrives whole" {
	args sh -c 'dd if=/dev/zero bs=65536 count=160 2>/dev/null | tr "\0" x'
	runtime run --bundle "$BUNDLE" "$ID" >"$T/large"
	[ "$(stat -c %s "$T/large")" = $((65536 * 160)) ]
}

@test "the program reads the standard input of the runtime" {
	args cat
	run runtime run --bundle "$BUNDLE" "$ID" < <(printf 'one\ntwo\n')
	expect_output "$(printf 'one\ntwo')"
}
