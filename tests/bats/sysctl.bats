#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Kernel parameters: those of the container's own namespaces, and no other.

load load

sysctls ()
{
	config --argjson sysctls "$1" '.linux.sysctl = $sysctls'
}

@test "sysctls of the container's namespaces are set" {
	sysctls '{ "net.ipv4.ip_forward": "1", "kernel.shmmax": "123456", "fs.mqueue.msg_max": "11", "kernel.msgmax": "4321" }'
	local before
	before=$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax)
	in_container 'cd /proc/sys; cat net/ipv4/ip_forward kernel/shmmax fs/mqueue/msg_max kernel/msgmax'
	expect_status 0
	expect_output "$(printf '1\n123456\n11\n4321')"
	[ "$(cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax)" = "$before" ]
}

@test "a sysctl may be written with slashes" {
	sysctls '{ "net/ipv4/ip_forward": "1" }'
	in_container 'cat /proc/sys/net/ipv4/ip_forward'
	expect_status 0
	expect_output 1
}

@test "a dot within a name is written as a slash between slashes and a dot within" {
	only_davit "follows sysctl(8) here"
	sysctls '{ "net/ipv4/conf/all/forwarding": "1" }'
	in_container 'cat /proc/sys/net/ipv4/conf/all/forwarding'
	expect_output 1
}

@test "a sysctl of the whole machine is refused, and unchanged (SEC-11)" {
	local key before after
	for key in kernel.core_pattern kernel.panic vm.swappiness fs.file-max kernel.threads-max kernel/pid_max; do
		before=$(cat "/proc/sys/${key//.//}")
		sysctls "{ \"$key\": \"1\" }"
		in_container true
		expect_status 1
		after=$(cat "/proc/sys/${key//.//}")
		[ "$before" = "$after" ]
		nothing_is_left
	done
}

@test "a sysctl with tricks in its name is refused (SEC-11)" {
	local key before
	before=$(cat /proc/sys/kernel/core_pattern)
	for key in 'net.ipv4.ip_forward+kernel.core_pattern' 'net/../kernel/core_pattern' \
		'net.ipv4/../../kernel.core_pattern' '/kernel/core_pattern' '../../etc/passwd' \
		'net.ipv4.ip_forward\nkernel.core_pattern' 'net.' 'net' '' 'net//ipv4' 'net.ipv4.' 'kernel.sem/../core_pattern'; do
		sysctls "{ \"$key\": \"1\" }"
		in_container true
		expect_status 1
		[ "$(cat /proc/sys/kernel/core_pattern)" = "$before" ]
		nothing_is_left
	done
}

@test "a sysctl of a namespace that is the host's is refused" {
	local before
	before=$(cat /proc/sys/net/ipv4/ip_forward)
	config 'del(.linux.namespaces[] | select(.type == "network"))'
	sysctls '{ "net.ipv4.ip_forward": "1" }'
	in_container true
	expect_status 1
	[ "$(cat /proc/sys/net/ipv4/ip_forward)" = "$before" ]
	config '.linux.namespaces |= map(select(.type != "ipc"))'
	sysctls '{ "kernel.shmmax": "123456" }'
	in_container true
	expect_status 1
	nothing_is_left
}

@test "a sysctl that the kernel does not have, or a value it does not take, is an error that names it" {
	sysctls '{ "net.ipv4.nosuch": "1" }'
	in_container true
	expect_error nosuch
	nothing_is_left
	sysctls '{ "net.ipv4.ip_forward": "blue" }'
	in_container true
	expect_error ip_forward
	nothing_is_left
}

@test "kernel.hostname and kernel.domainname are taken care of by other members" {
	only_davit "and runc, with other words, refuse what contradicts hostname"
	config '.hostname = "one"'
	sysctls '{ "kernel.hostname": "two" }'
	in_container hostname
	[ "$status" = 1 ] || expect_output two
}

@test "kernel.domainname is set in a uts namespace" {
	sysctls '{ "kernel.domainname": "example.org" }'
	in_container 'cat /proc/sys/kernel/domainname'
	expect_status 0
	expect_output example.org
}

@test "sysctls are set though /proc/sys is a file system of the image's making (SEC-19)" {
	only_davit "writes through a procfs of its own"
	config '.mounts |= map(select(.destination != "/proc"))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	mkdir -p "$BUNDLE/rootfs/proc/sys/net/ipv4"
	ln -s /tmp/elsewhere "$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward"
	sysctls '{ "net.ipv4.ip_forward": "1" }'
	in_container 'ls /tmp'
	expect_status 0
	expect_output ''
}
