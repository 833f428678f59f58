#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What features says is what a config may have: every word of it is taken, and no other.

load load

setup ()
{
	make_container
	only_davit "is held to its word here"
	FEATURES=$("$RUNTIME" features)
}

# check_config [WORD...]: fails unless a check of the config finds no error (that this host lacks
# something is a warning), or, with words, just an error that has them.
check_config ()
{
	local errors
	run "$RUNTIME" check --bundle "$BUNDLE"
	errors=$(grep ' error: ' <<<"$output" || true)
	if [ $# = 0 ]; then
		[ -z "$errors" ] || {
			echo "$errors"
			return 1
		}
		return
	fi
	expect_status 1
	[[ $errors == *"$*"* ]] || {
		printf 'errors:\n%s\nwithout:\n%s\n' "$errors" "$*"
		return 1
	}
}

# feature JQ_PROGRAM: a list of the document, one a line.
feature ()
{
	local words
	words=$(jq -r "$1 | .[]" <<<"$FEATURES")
	[ -n "$words" ]
	printf '%s\n' "$words"
}

@test "every kind of hook that features lists runs, and another is none" {
	local kind kinds
	kinds=$(feature .hooks)
	for kind in $kinds nosuchkind; do
		config --arg kind "$kind" --arg file "$T/hooks" '.hooks[$kind] = [ { "path": "/bin/sh",
			"args": [ "sh", "-c", "echo \($kind) >>\($file)" ] } ]'
	done
	# of the container's own root
	config --arg file /hooks '.hooks.startContainer[0].args[2] = "echo startContainer >\($file)"'
	in_container true
	expect_status 0
	cat "$BUNDLE/rootfs/hooks" >>"$T/hooks"
	expect_file <(sort "$T/hooks") "$(sort <<<"$kinds")"
}

@test "every namespace that features lists is one that a container gets, and another is an error" {
	local kind word
	for kind in $(feature .linux.namespaces); do
		# it takes rights outside of the user namespace
		[ "$kind" != time ] || [ "$(id -u)" = 0 ] || continue
		word=$kind
		case $kind in
		mount) word=mnt ;;
		network) word=net ;;
		esac
		config --arg kind "$kind" '.linux.namespaces |= map(select(.type != $kind)) + [ { "type": $kind } ]'
		[ "$kind" != user ] || config '.linux |= (
			.uidMappings //= [ { "containerID": 0, "hostID": 0, "size": 65536 } ]
			| .gidMappings //= [ { "containerID": 0, "hostID": 0, "size": 65536 } ])'
		in_container "readlink /proc/self/ns/$word"
		expect_status 0
		[ "$output" != "$(readlink "/proc/self/ns/$word")" ]
	done
	config '.linux.namespaces += [ { "type": "nosuch" } ]'
	check_config nosuch
}

@test "every capability that features lists is taken, and another is told" {
	local all
	all=$(jq -c .linux.capabilities <<<"$FEATURES")
	config --argjson all "$all" '.process.capabilities = { "bounding": $all, "effective": $all, "permitted": $all,
		"inheritable": $all, "ambient": $all }'
	check_config
	# but for those that this host has taken away from all
	[ -z "$(grep CAP_ <<<"$output" | grep -v "can't be granted here" || true)" ]
	# all that the kernel has
	[ "$(jq length <<<"$all")" -gt "$(cat /proc/sys/kernel/cap_last_cap)" ]
	config '.process.capabilities.bounding += [ "CAP_NO_SUCH" ]'
	run "$RUNTIME" check --bundle "$BUNDLE"
	expect_in_output CAP_NO_SUCH
}

# filter JQ_OBJECT: a seccomp filter of these members, and what every one needs.
filter ()
{
	config ".linux.seccomp = ({ \"defaultAction\": \"SCMP_ACT_ALLOW\" } + $1)"
}

@test "every action that features lists is one for a system call, and another is an error" {
	local action
	for action in $(feature .linux.seccomp.actions); do
		filter "{ \"syscalls\": [ { \"names\": [ \"getpgid\" ], \"action\": \"$action\" } ] }"
		[ "$action" != SCMP_ACT_NOTIFY ] || config '.linux.seccomp.listenerPath = "/run/agent"'
		check_config
		[ "$action" = SCMP_ACT_NOTIFY ] || {
			in_container true
			expect_status 0
		}
	done
	filter '{ "syscalls": [ { "names": [ "getpgid" ], "action": "SCMP_ACT_NOSUCH" } ] }'
	check_config SCMP_ACT_NOSUCH
}

@test "every operator that features lists compares an argument, and another is an error" {
	local op
	for op in $(feature .linux.seccomp.operators) SCMP_CMP_NOSUCH; do
		filter "{ \"syscalls\": [ { \"names\": [ \"getpgid\" ], \"action\": \"SCMP_ACT_ERRNO\",
			\"args\": [ { \"index\": 0, \"value\": 4711, \"valueTwo\": 4711, \"op\": \"$op\" } ] } ] }"
		[ "$op" = SCMP_CMP_NOSUCH ] || {
			in_container true
			expect_status 0
		}
	done
	check_config SCMP_CMP_NOSUCH
}

@test "every architecture that features lists is taken, and another is an error" {
	local all
	all=$(jq -c .linux.seccomp.archs <<<"$FEATURES")
	filter "{ \"architectures\": $all }"
	check_config
	filter '{ "architectures": [ "SCMP_ARCH_NOSUCH" ] }'
	check_config SCMP_ARCH_NOSUCH
}

@test "every flag that features calls supported is loaded, every one that it knows is taken" {
	local flag
	for flag in $(feature .linux.seccomp.knownFlags); do
		filter "{ \"flags\": [ \"$flag\" ], \"syscalls\": [ { \"names\": [ \"getpgid\" ], \"action\": \"SCMP_ACT_ERRNO\" } ] }"
		check_config
	done
	for flag in $(feature .linux.seccomp.supportedFlags); do
		filter "{ \"flags\": [ \"$flag\" ], \"syscalls\": [ { \"names\": [ \"getpgid\" ], \"action\": \"SCMP_ACT_ERRNO\" } ] }"
		in_container 'grep Seccomp_filters /proc/self/status'
		expect_status 0
		[[ $output == *[1-9]* ]]
	done
	filter '{ "flags": [ "SECCOMP_FILTER_FLAG_NOSUCH" ] }'
	check_config SECCOMP_FILTER_FLAG_NOSUCH
}

@test "every mode and flag of a memory policy that features lists is taken, and another is an error" {
	local mode
	for mode in $(feature .linux.memoryPolicy.modes); do
		config --arg mode "$mode" '.linux.memoryPolicy = { "mode": $mode, "nodes": "0" }'
		case $mode in
		MPOL_DEFAULT | MPOL_LOCAL) config 'del(.linux.memoryPolicy.nodes)' ;;
		esac
		check_config
	done
	for mode in $(feature .linux.memoryPolicy.flags); do
		config --arg flag "$mode" '.linux.memoryPolicy = { "mode": "MPOL_BIND", "nodes": "0", "flags": [ $flag ] }'
		check_config
	done
	config '.linux.memoryPolicy = { "mode": "MPOL_NOSUCH" }'
	check_config MPOL_NOSUCH
}

@test "a mount option that features does not list is the file system's own, which may refuse it" {
	add_mount /volume tmpfs tmpfs nosuchoption
	in_container true
	expect_error nosuchoption
	nothing_is_left
}
