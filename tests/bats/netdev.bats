#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Network interfaces that move into the container. The runtime runs in a network namespace that each
# test makes for itself, so that none of the host's interfaces is touched.

load load

setup ()
{
	needs_root "network devices are root's"
	make_container
	unshare --net sleep 100 </dev/null >/dev/null 2>&1 3>&- &
	harbour=$!
	wait_for 5 is_asleep "$harbour"
	at_home ip link add v0 type veth peer name v1 2>/dev/null || skip 'the kernel has no veth interfaces'
	at_home ip link set v1 up
	at_home ip address add 10.1.2.3/24 broadcast 10.1.2.255 dev v0
	at_home ip address add fd00::1/64 dev v0 nodad
	at_home ip link set v0 up
}

teardown ()
{
	leave_nothing
	kill "$harbour" ${other:+"$other"} 2>/dev/null || true
}

is_asleep () { grep -qs '^sleep' "/proc/$1/cmdline"; }

# Commands in the namespace that the runtime runs in, and in another one.
at_home () { nsenter --net="/proc/$harbour/ns/net" "$@"; }
at_other () { nsenter --net="/proc/$other/ns/net" "$@"; }

runtime () { at_home "$RUNTIME" --root "$ROOT" "$@"; }

# devices JSON: which move.
devices () { config --argjson devices "$1" '.linux.netDevices = $devices'; }

# A network namespace that lives on its own; the container joins it.
join_other ()
{
	unshare --net sleep 100 </dev/null >/dev/null 2>&1 3>&- &
	other=$!
	wait_for 5 is_asleep "$other"
	config --arg path "/proc/$other/ns/net" '(.linux.namespaces[] | select(.type == "network")).path = $path'
}

# is_up: whether `ip -o link`, on standard input, says so of an interface.
is_up () { grep -q '[,<]UP[,>]'; }

is_at_home_as_before ()
{
	[ "$(at_home ip -o address show dev v0 scope global | awk '{ print $4 }' | xargs)" = '10.1.2.3/24 fd00::1/64' ]
	at_home ip -o link show dev v0 | is_up
}

@test "a network device moves in with its global addresses, and is up" {
	devices '{ "v0": {} }'
	at_home ip address add 169.254.1.1/16 dev v0 scope link
	at_home ip address add 10.9.9.9/24 dev v0 valid_lft 100 preferred_lft 100
	in_container 'ip -o link show dev v0; ip -o address show dev v0 | awk "{ print \$4 }"'
	expect_status 0
	is_up <<<"${lines[0]}"
	expect_in_output 10.1.2.3/24
	expect_in_output fd00::1/64
	[[ $output != *169.254* ]]
	[[ $output != *10.9.9.9* ]]
}

@test "a network device that has moved is not where it was" {
	devices '{ "v0": {} }'
	args sleep 100
	create
	run at_home ip link show dev v0
	expect_failure
	at_home ip link show dev v1
	runtime start "$ID"
	run at_home ip link show dev v0
	expect_failure
}

@test "a network device gets its new name, and so do the labels of its addresses" {
	devices '{ "v0": { "name": "sea" } }'
	at_home ip address add 10.2.2.2/24 dev v0 label v0:storm
	in_container 'ip address show dev sea'
	expect_status 0
	expect_in_output 10.1.2.3/24
	expect_in_output sea:storm
	expect_in_output 'brd 10.1.2.255'
}

@test "a new name that ends with %d takes the first number that is free" {
	devices '{ "v0": { "name": "sea%d" }, "v1": { "name": "sea%d" } }'
	in_container 'ip -o address show dev sea0; ip -o link show dev sea1'
	expect_status 0
	expect_in_output 10.1.2.3/24
}

@test "sysctls and hooks of a network device find it there" {
	devices '{ "v0": { "name": "sea" } }'
	config --arg out "$T/hook" '.linux.sysctl = { "net.ipv4.conf.sea.forwarding": "1" }
		| .hooks.createRuntime = [ { "path": "/bin/sh", "args": [ "sh", "-c",
			"nsenter --net=/proc/$(jq .pid)/ns/net ip -o link show dev sea >\($out)" ],
			"env": [ "PATH=/bin:/sbin:/usr/bin:/usr/sbin" ] } ]'
	in_container 'cat /proc/sys/net/ipv4/conf/sea/forwarding'
	expect_status 0
	expect_output 1
	grep -q ': sea[@:]' "$T/hook"
}

@test "a name that is taken in the container is refused, and the device stays" {
	devices '{ "v0": { "name": "lo" } }'
	in_container true
	expect_error lo
	is_at_home_as_before
	is_davit || return 0
	[[ $output =~ config\.json:[0-9]+:\ /linux/netDevices/v0:\ the\ container\'s\ network\ namespace\ has\ an\ interface\ \'lo\' ]]
}

@test "a device that moves into a namespace that exists stays there when the container is deleted" {
	join_other
	devices '{ "v0": { "name": "sea" } }'
	args sleep 100
	run_detached
	at_other ip link show dev sea
	runtime delete --force "$ID"
	at_other ip -o address show dev sea | grep -q 10.1.2.3/24
	run at_home ip link show dev v0
	expect_failure
}

@test "a name that is taken in a namespace that exists is refused, and all devices stay" {
	join_other
	at_other ip link add sea type veth peer name land
	devices '{ "v0": {}, "v1": { "name": "sea" } }'
	in_container true
	expect_error sea
	is_at_home_as_before
	at_home ip link show dev v1
}

@test "after a create that failed the device is where it was, as it was" {
	at_home ip address add 10.2.2.2/24 dev v0 label v0:storm
	devices '{ "v0": { "name": "sea" }, "v1": {} }'
	args /no/such/program
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_failure
	[ "$(at_home ip -o address show dev v0 scope global | awk '{ print $4 }' | xargs)" = '10.1.2.3/24 10.2.2.2/24 fd00::1/64' ]
	at_home ip -o link show dev v0 | is_up
	at_home ip address show dev v0 | grep -q v0:storm
	at_home ip link show dev v1

	# the same when its namespace goes on to exist
	join_other
	run runtime create --bundle "$BUNDLE" "$ID"
	expect_failure
	at_home ip -o address show dev v0 | grep -q 10.2.2.2/24
	run at_other ip link show dev sea
	expect_failure
}

@test "a device that was down and in a bridge is so again after a create that failed" {
	at_home ip link add b0 type bridge 2>/dev/null || skip 'the kernel has no bridges'
	at_home ip link set v0 down master b0
	devices '{ "v0": {} }'
	args /no/such/program
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_failure
	run at_home ip -o link show dev v0
	expect_in_output 'master b0'
	run is_up <<<"$output"
	expect_failure
}

@test "a device that is missing is refused with its place in the config" {
	devices '{ "v7": {} }'
	in_container true
	expect_error v7
	is_davit || return 0
	[[ $output =~ config\.json:[0-9]+:\ /linux/netDevices/v7:\ find\ the\ network\ interface\ \'v7\':\ No\ such\ device ]]
}

@test "devices do not move without a network namespace of the container's own" {
	devices '{ "v0": {} }'
	config '.linux.namespaces |= map(select(.type != "network"))'
	in_container true
	expect_status 1
	is_at_home_as_before
	config --arg path "/proc/$harbour/ns/net" '.linux.namespaces += [ { "type": "network", "path": $path } ]'
	in_container true
	expect_status 1
	is_at_home_as_before
	is_davit || return 0
	expect_in_output "/linux/netDevices/v0: the container's network namespace is davit's own"
}

@test "a device moves into a container with a user namespace" {
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -hR 100000:100000 "$BUNDLE/rootfs"
	devices '{ "v0": { "name": "sea" } }'
	in_container 'ip -o address show dev sea'
	expect_status 0
	expect_in_output 10.1.2.3/24
}

@test "plan and check tell of network devices" {
	only_davit 'has these commands'
	devices '{ "v0": { "name": "sea" }, "v7": {} }'
	run runtime plan --bundle "$BUNDLE"
	expect_in_output 'v0 becomes sea'
	run runtime check --bundle "$BUNDLE"
	expect_in_output "/linux/netDevices/v7: warning: there is no network interface 'v7'"
	[[ $output != *"'v0'"* ]]
}
