#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Annotations that crun gives a meaning to, which engines and their users rely on.

load load

setup ()
{
	make_container
	only_davit "and crun know them"
}

teardown ()
{
	[ -z "${helper:-}" ] || kill "$helper" 2>/dev/null || true
	leave_nothing
}

# annotate KEY VALUE
annotate ()
{
	config --arg key "$1" --arg value "$2" '.annotations[$key] = $value'
}

# hook KIND SCRIPT
hook ()
{
	config --arg kind "$1" --arg script "$2" \
		'.hooks[$kind] += [ { "path": "/bin/sh", "args": [ "sh", "-c", $script ] } ]'
}

@test "run.oci.hooks.stdout and .stderr: files that the output of all hooks is added to" {
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook "$kind" "echo $kind; echo $kind failing >&2"
	done
	annotate run.oci.hooks.stdout "$T/hooks.out"
	annotate run.oci.hooks.stderr "$T/hooks.err"
	echo before >"$T/hooks.out"
	in_container true
	expect_status 0
	expect_file "$T/hooks.out" "before
prestart
createRuntime
createContainer
startContainer
poststart
poststop"
	[ "$(grep -c failing "$T/hooks.err")" = 6 ]
}

@test "the same when create, start and delete run the hooks" {
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook "$kind" "echo $kind"
	done
	annotate run.oci.hooks.stdout "$T/hooks.out"
	args true
	create
	runtime start "$ID"
	wait_until_stopped
	runtime delete "$ID"
	expect_file "$T/hooks.out" "prestart
createRuntime
createContainer
startContainer
poststart
poststop"
}

@test "the file of the hooks is none of the program's" {
	hook startContainer 'echo started'
	annotate run.oci.hooks.stdout "$T/hooks.out"
	# shellcheck disable=SC2016 # for the shell inside
	in_container 'ls /proc/$$/fd; true'
	expect_output $'0\n1\n2'
}

@test "what a hook says on the stream that has no file is still in the error" {
	hook createRuntime 'echo to the file; echo to the error >&2; exit 3'
	annotate run.oci.hooks.stdout "$T/hooks.out"
	in_container true
	expect_error 'exit status 3: to the error'
	expect_file "$T/hooks.out" 'to the file'
}

@test "a file for the hooks that can't be opened fails create, and nothing is left" {
	hook createRuntime true
	annotate run.oci.hooks.stdout "$T/no/such/file"
	in_container true
	expect_error "$T/no/such/file"
	nothing_is_left
}

@test "run.oci.pidfd_receiver gets a pidfd of the container's first process" {
	python3 - "$T/pidfd" >"$T/received" 3>&- <<'END' &
import re, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen()
data, fds, _, _ = socket.recv_fds(listening.accept()[0], 4096, 1)
print(re.search(r"^Pid:\s*(\d+)", open(f"/proc/self/fdinfo/{fds[0]}").read(), re.M)[1])
END
	helper=$!
	wait_for 5 test -S "$T/pidfd"
	annotate run.oci.pidfd_receiver "$T/pidfd"
	args sleep 1000
	run_detached
	wait "$helper"
	expect_file "$T/received" "$(container_pid)"
}

@test "run.oci.keep_original_groups: the caller's groups stay, those of the config are not looked at" {
	needs_root "others can't choose their groups"
	config '.process.user.additionalGids = [ 5 ]'
	args id -G
	annotate run.oci.keep_original_groups 0
	run setpriv --groups 3000,3001 "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
	expect_output '0 5'
	annotate run.oci.keep_original_groups 1
	args sh -c 'id -G; sleep 1000'
	quietly setpriv --groups 3000,3001 "$RUNTIME" --root "$ROOT" run --detach --bundle "$BUNDLE" "$ID"
	wait_for 5 test -s "$T/out"
	expect_file "$T/out" '0 3000 3001'
	# of exec's own caller, then
	run setpriv --groups 4000 "$RUNTIME" --root "$ROOT" exec "$ID" id -G </dev/null
	expect_output '0 4000'
}

@test "run.oci.timens_offset is what linux.timeOffsets is" {
	needs_root "a time namespace beside a new user namespace takes rights outside of it"
	config '.linux.namespaces += [ { "type": "time" } ]'
	annotate run.oci.timens_offset 'boottime 864000 0'
	in_container 'cut -d . -f 1 /proc/uptime'
	expect_status 0
	[ "$output" -ge "$(($(cut -d . -f 1 /proc/uptime) + 864000 - 10))" ]
}

# ---- seccomp

# An agent that answers 4711, as in seccomp.bats.
start_agent ()
{
	cp "$HELPERS/syscall" "$BUNDLE/rootfs/bin/syscall"
	"$HELPERS/seccomp_agent" "$T/agent" "$T/state-of" 4711 3>&- &
	helper=$!
	wait_for 5 test -S "$T/agent"
	config '.linux.seccomp = { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{ "names": [ "getpgid" ], "action": "SCMP_ACT_NOTIFY" } ] }'
}

@test "run.oci.seccomp.receiver is the agent that is asked when the config names none" {
	start_agent
	annotate run.oci.seccomp.receiver "$T/agent"
	in_container 'syscall getpgid'
	expect_status 0
	expect_output 4711
}

@test "and so is RUN_OCI_SECCOMP_RECEIVER, for exec and all later commands too" {
	start_agent
	args sleep 1000
	RUN_OCI_SECCOMP_RECEIVER="$T/agent" run_detached
	[ "$(container_status)" = running ]
	kill "$helper"
	rm "$T/agent"
	"$HELPERS/seccomp_agent" "$T/agent" "$T/state-of" 4712 3>&- &
	helper=$!
	wait_for 5 test -S "$T/agent"
	run runtime exec "$ID" syscall getpgid
	expect_output 4712
}

@test "SCMP_ACT_NOTIFY with nobody to ask is refused" {
	config '.linux.seccomp = { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{ "names": [ "getpgid" ], "action": "SCMP_ACT_NOTIFY" } ] }'
	in_container true
	expect_error listenerPath
	nothing_is_left
}

@test "run.oci.seccomp_fail_unknown_syscall makes a name that is no system call an error" {
	config '.linux.seccomp = { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{ "names": [ "getpgid", "nosuchcall" ], "action": "SCMP_ACT_ERRNO" } ] }'
	in_container true
	expect_status 0
	annotate run.oci.seccomp_fail_unknown_syscall 0
	in_container true
	expect_status 0
	annotate run.oci.seccomp_fail_unknown_syscall 1
	# with the filter that was made before in the cache
	in_container true
	expect_error "'nosuchcall'"
	nothing_is_left
}

# The filter "getpgid (121 on x86-64) fails with errno 33, all else passes", in base64.
raw_filter ()
{
	python3 -c 'import base64, struct
code = [(0x20, 0, 0, 0), (0x15, 0, 1, 121), (0x06, 0, 0, 0x00050021), (0x06, 0, 0, 0x7fff0000)]
print(base64.b64encode(b"".join(struct.pack("<HBBI", *i) for i in code)).decode())'
}

@test "run.oci.seccomp_bpf_data is loaded instead of the config's filter" {
	[ "$(uname -m)" = x86_64 ] || skip 'for another architecture'
	cp "$HELPERS/syscall" "$BUNDLE/rootfs/bin/syscall"
	annotate run.oci.seccomp_bpf_data "$(raw_filter)"
	in_container 'syscall getpgid; syscall lseek </dev/null'
	expect_output $'EDOM\n0'
	config '.linux.seccomp = { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
		{ "names": [ "lseek" ], "action": "SCMP_ACT_ERRNO", "errnoRet": 42 } ] }'
	in_container 'syscall getpgid; syscall lseek </dev/null'
	expect_output $'EDOM\n0'
	args sleep 1000
	run_detached
	run runtime exec "$ID" syscall getpgid
	expect_output EDOM
}

@test "a program that is no base64, or no filter, is refused" {
	local data
	for data in x '!!!!' AAAA AAAAAAAAAAA AAAAAAAAAAA=x 'AAAAAAAA AAA='; do
		annotate run.oci.seccomp_bpf_data "$data"
		in_container true
		expect_error run.oci.seccomp_bpf_data
	done
	annotate run.oci.seccomp_bpf_data AAAAAAAAAAA=
	in_container true
	expect_status 1
	nothing_is_left
}

# ---- what is refused

@test "what this build can't do is refused by name" {
	annotate run.oci.handler krun
	in_container true
	expect_error krun
	config 'del(.annotations)'
	annotate run.oci.seccomp.plugins x.so
	in_container true
	expect_error plugins
	config 'del(.annotations)'
	annotate run.oci.mount_context_type nosuchtype
	in_container true
	expect_error rootcontext
	annotate run.oci.mount_context_type rootcontext
	in_container true
	expect_status 0
}

@test "an annotation that is empty, or of others, does nothing" {
	annotate run.oci.handler ''
	annotate run.oci.hooks.stdout ''
	annotate run.oci.seccomp_bpf_data ''
	annotate org.example.anything x
	in_container true
	expect_status 0
}

@test "features says that annotations of the config may be unsafe" {
	run runtime features
	[ "$(jq -r '.potentiallyUnsafeConfigAnnotations | sort | join(" ")' <<<"$output")" = \
		'io.kubernetes.cri.container-type module.wasm.image/variant org.criu.config org.systemd.property. run.oci.' ]
}

@test "run.oci.delegate-cgroup that leads out, or that nothing can be delegated for, is refused" {
	annotate run.oci.delegate-cgroup ../up
	in_container true
	expect_error "/annotations/run.oci.delegate-cgroup: must not have '..' in it"
	annotate run.oci.delegate-cgroup payload
	run runtime --cgroup-manager disabled run --bundle "$BUNDLE" "$ID"
	expect_error '/annotations/run.oci.delegate-cgroup: there is no control group'
	if [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
		in_container true
		expect_error '/annotations/run.oci.delegate-cgroup: control groups are delegated on a host'
		run runtime check --bundle "$BUNDLE"
		expect_in_output 'run.oci.delegate-cgroup'
	fi
	nothing_is_left
}
