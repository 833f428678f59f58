#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# seccomp: the container's system calls pass the config's filter, and an agent may answer for some.
# Operators, architectures and the like are tested in tests/unit/kernel/test_seccomp.c.

load load

# What a small static program does from its start to its end, and runtimes between filter and exec.
NEEDED='[ "access", "arch_prctl", "brk", "capget", "capset", "clone", "close", "epoll_ctl", "epoll_pwait",
	"execve", "exit_group", "fcntl", "fstat", "fstatfs", "futex", "getdents64", "getpid", "getppid",
	"getrandom", "gettid", "madvise", "mmap", "mprotect", "munmap", "nanosleep", "newfstatat", "openat",
	"prctl", "prlimit64", "read", "readlink", "readlinkat", "rseq", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "sched_yield", "set_robust_list", "set_tid_address", "setgid", "setgroups", "setuid",
	"sigaltstack", "tgkill", "uname", "write" ]'

setup ()
{
	make_container
	cp "$HELPERS/syscall" "$BUNDLE/rootfs/bin/syscall"
	config '.linux.seccomp = { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [] }'
}

# rule JSON_FIELDS: adds a rule.
rule ()
{
	config ".linux.seccomp.syscalls += [ { $1 } ]"
}

# call NAME [ARGUMENT...]: makes the container's program make that call.
call ()
{
	args syscall "$@"
	run runtime run --bundle "$BUNDLE" "$ID"
}

start_agent ()
{
	"$HELPERS/seccomp_agent" "$T/agent" "$T/state-of" 4711 3>&- &
	AGENT=$!
	wait_for 5 test -S "$T/agent"
	config --arg path "$T/agent" '.linux.seccomp.listenerPath = $path
		| .linux.seccomp.listenerMetadata = "what the agent is to know: \"ä\""'
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_NOTIFY"'
}

stop_agent ()
{
	kill "$AGENT"
	wait "$AGENT" || true
	AGENT=
}

teardown ()
{
	[ -z "${AGENT-}" ] || stop_agent
	leave_nothing
}

@test "a denied call fails with the rule's errnoRet, or EPERM" {
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 33'
	rule '"names": [ "lseek" ], "action": "SCMP_ACT_ERRNO"'
	in_container 'syscall getpgid; syscall lseek; syscall getpid >/dev/null && echo passes'
	expect_status 0
	expect_output $'EDOM\nEPERM\npasses'
}

@test "errnoRet 0 makes a call succeed without doing anything" {
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 0'
	call getpgid
	expect_output 0
}

@test "a call that no rule names gets the default action with defaultErrnoRet" {
	config ".linux.seccomp = { \"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 18 }"
	rule "\"names\": $NEEDED, \"action\": \"SCMP_ACT_ALLOW\""
	rule '"names": [ "statx" ], "action": "SCMP_ACT_ALLOW"'
	call getpgid
	expect_status 0
	expect_output EXDEV
}

@test "a call newer than the newest named one does not exist, instead of being denied" {
	config '.linux.seccomp = { "defaultAction": "SCMP_ACT_ERRNO" }'
	# runc has it for the named architectures only
	is_davit || config --arg arch "$(uname -m | tr '[:lower:]' '[:upper:]')" \
		'.linux.seccomp.architectures = [ "SCMP_ARCH_\($arch)" ]'
	rule "\"names\": $NEEDED, \"action\": \"SCMP_ACT_ALLOW\""
	rule '"names": [ "statx" ], "action": "SCMP_ACT_ALLOW"'
	call 3000
	expect_output ENOSYS
	call close_range
	expect_output ENOSYS
	call lseek
	expect_output EPERM
}

@test "unknown system calls are ignored" {
	rule '"names": [ "no_such_call", "getpgid" ], "action": "SCMP_ACT_ERRNO"'
	call getpgid
	expect_status 0
	expect_output EPERM
}

@test "a rule looks at arguments" {
	rule '"names": [ "lseek" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 33, "args": [
		{ "index": 1, "value": 21474836487, "op": "SCMP_CMP_GE" },
		{ "index": 2, "value": 2, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ" } ]'
	in_container 'syscall lseek -1 21474836487 2; syscall lseek -1 21474836486 2; syscall lseek -1 21474836487 1'
	expect_output $'EDOM\nEBADF\nEBADF'
}

@test "a call that kills gives 159" {
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_KILL_PROCESS"'
	call getpgid
	expect_status 159
}

@test "a logged call passes" {
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_LOG"'
	call getpgid
	expect_status 0
	expect_output 1
}

@test "without noNewPrivileges the filter holds just as well" {
	config '.process.noNewPrivileges = false'
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_ERRNO"'
	in_container 'syscall getpgid; grep -E "NoNewPrivs|Seccomp:" /proc/self/status | cut -f2'
	expect_output $'EPERM\n0\n2'
}

@test "all flags of the spec are taken" {
	only_davit "knows them all"
	config '.linux.seccomp.flags = [ "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
		"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" ]'
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_ERRNO"'
	call getpgid
	expect_status 0
	expect_output EPERM
}

@test "a process that is executed in the container has the filter too" {
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_ERRNO"'
	args sleep 100
	run_detached
	run runtime exec "$ID" syscall getpgid
	expect_status 0
	expect_output EPERM
}

@test "a filter need not allow more than the program needs" {
	only_davit "needs no calls of its own between the filter and the program"
	config '.linux.seccomp = { "defaultAction": "SCMP_ACT_KILL_PROCESS" }'
	rule '"names": [ "execve", "arch_prctl", "brk", "exit_group", "getrandom", "mprotect", "newfstatat", "prlimit64",
		"readlink", "readlinkat", "rseq", "set_robust_list", "set_tid_address", "write", "lseek" ],
		"action": "SCMP_ACT_ALLOW"'
	call lseek -1
	expect_status 0
	expect_output EBADF
}

@test "an errnoRet for an action that returns none is refused" {
	only_davit "refuses it; others drop it"
	local value
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_ALLOW"'
	for value in 0 1; do
		config --argjson value "$value" '.linux.seccomp.syscalls[0].errnoRet = $value'
		call getpgid
		expect_error "/linux/seccomp/syscalls/0/errnoRet: is not for SCMP_ACT_ALLOW, which returns no errno"
	done
}

@test "an architecture that is not known is refused" {
	config '.linux.seccomp.architectures = [ "SCMP_ARCH_ABACUS" ]'
	call getpgid
	expect_status 1
	expect_in_output ABACUS
}

@test "the same filter works from the cache, and leaves one file" {
	only_davit "has a cache"
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 33'
	for _ in 1 2 3; do
		call getpgid
		expect_output EDOM
	done
	config '.linux.seccomp.syscalls[0].errnoRet = 34'
	call getpgid
	expect_output ERANGE
}

@test "the agent at listenerPath gets the listener, the process's state and the metadata" {
	start_agent
	args syscall getpgid
	create
	local pid
	pid=$(runtime state "$ID" | jq .pid)
	# without noNewPrivileges it is sent by `create`, else when the program starts
	runtime start "$ID"
	wait_for 5 is_stopped
	[ "$(cat "$T/out")" = 4711 ]
	[ "$(jq -c '[ (.ociVersion | type), .fds, .pid, .metadata ]' "$T/state-of.1")" = \
		"[\"string\",[\"seccompFd\"],$pid,\"what the agent is to know: \\\"ä\\\"\"]" ]
	[ "$(jq -c '[ .state | .id, .bundle, .pid, (.ociVersion | type) ]' "$T/state-of.1")" = \
		"[\"$ID\",\"$BUNDLE\",$pid,\"string\"]" ]
	[[ $(jq -r .state.status "$T/state-of.1") = creat* ]]
	[ ! -e "$T/state-of.2" ]
	stop_agent
}

@test "a container without noNewPrivileges has an agent just as well" {
	config '.process.noNewPrivileges = false'
	start_agent
	call getpgid
	expect_status 0
	expect_output 4711
	stop_agent
}

@test "each process that is executed in the container is told to the agent" {
	start_agent
	args sleep 100
	run_detached
	run runtime exec "$ID" syscall getpgid
	expect_output 4711
	[ "$(jq -c '[ .state.id, .state.status, .metadata == null, .pid != .state.pid ]' "$T/state-of.2")" = \
		"[\"$ID\",\"running\",false,true]" ]
	runtime delete --force "$ID"
	stop_agent
}

@test "calls of the runtime's own that the agent is asked for do not stop it" {
	only_davit "sends the listener by another process"
	config '.process.noNewPrivileges = false'
	start_agent
	config '.linux.seccomp.syscalls[0].names = [ "sendmsg", "fcntl", "getpgid" ]'
	call getpgid
	expect_status 0
	expect_output 4711
	stop_agent
}

@test "without an agent at listenerPath no container is made" {
	start_agent
	stop_agent
	rm -f "$T/agent"
	call getpgid
	expect_status 1
	expect_in_output "$T/agent"
}

@test "SCMP_ACT_NOTIFY without listenerPath is refused" {
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_NOTIFY"'
	call getpgid
	expect_status 1
	! is_davit || expect_in_output /linux/seccomp/listenerPath
}

@test "listenerMetadata without listenerPath is refused" {
	only_davit "refuses it, as the specification demands; others take it"
	config '.linux.seccomp.listenerMetadata = "for nobody"'
	call getpgid
	expect_error /linux/seccomp/listenerMetadata
	nothing_is_left
}

@test "each action can be the default, but for the one that asks an agent" {
	local action
	rule "\"names\": $NEEDED, \"action\": \"SCMP_ACT_ALLOW\""
	rule '"names": [ "statx" ], "action": "SCMP_ACT_ALLOW"'
	for action in KILL:159 KILL_PROCESS:159 KILL_THREAD:159 TRAP:159 ERRNO:EPERM TRACE:ENOSYS ALLOW:1 LOG:1; do
		config --arg action "SCMP_ACT_${action%:*}" '.linux.seccomp.defaultAction = $action'
		call getpgid
		case ${action#*:} in
		159) expect_status 159 ;;
		*) expect_output "${action#*:}" ;;
		esac
	done
	config '.linux.seccomp.listenerPath = "/x" | .linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY"'
	call getpgid
	expect_failure
	! is_davit || expect_error /linux/seccomp/defaultAction
}

@test "each action can be that of a rule" {
	local action
	rule '"names": [ "getpgid" ]'
	# without a tracer a call to be traced does not exist
	for action in KILL:159 KILL_PROCESS:159 KILL_THREAD:159 TRAP:159 ERRNO:EPERM TRACE:ENOSYS LOG:1; do
		config --arg action "SCMP_ACT_${action%:*}" '.linux.seccomp.syscalls[0].action = $action'
		call getpgid
		case ${action#*:} in
		159) expect_status 159 ;;
		*) expect_output "${action#*:}" ;;
		esac
	done
	config '.linux.seccomp.defaultAction = "SCMP_ACT_ERRNO"'
	rule "\"names\": $NEEDED, \"action\": \"SCMP_ACT_ALLOW\""
	config '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ALLOW"'
	call getpgid
	expect_output 1
}

@test "each comparison is that of its name" {
	local op expected
	rule '"names": [ "lseek" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 33'
	# lseek of a descriptor that is not open, with 6, 7 and 8 as the second argument
	for op in NE:EDOM:EBADF:EDOM LT:EDOM:EBADF:EBADF LE:EDOM:EDOM:EBADF EQ:EBADF:EDOM:EBADF \
		GE:EBADF:EDOM:EDOM GT:EBADF:EBADF:EDOM; do
		config --arg op "SCMP_CMP_${op%%:*}" '.linux.seccomp.syscalls[0].args = [ { "index": 1, "value": 7, "op": $op } ]'
		expected=${op#*:}
		in_container 'for n in 6 7 8; do syscall lseek -1 $n 0; done'
		expect_output "${expected//:/$'\n'}"
	done
	config '.linux.seccomp.syscalls[0].args = [ { "index": 1, "value": 3, "valueTwo": 2, "op": "SCMP_CMP_MASKED_EQ" } ]'
	in_container 'for n in 6 7 8; do syscall lseek -1 $n 0; done'
	expect_output $'EDOM\nEBADF\nEBADF'
}

@test "listenerPath is ignored when no rule notifies" {
	rule '"names": [ "getpgid" ], "action": "SCMP_ACT_ERRNO"'
	config '.linux.seccomp.listenerPath = "/nowhere"'
	call getpgid
	expect_status 0
	expect_output EPERM
}
