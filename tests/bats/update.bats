#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# update: other limits for a container that is there, by options or as JSON, as engines have it.

load load
load cgroups

begin ()
{
	needs_root "it may not limit"
	args sleep 1000
	config '.linux.resources.memory = { "limit": 67108864 } | .linux.resources.pids = { "limit": 100 }
		| .linux.resources.cpu = { "shares": 512, "quota": 50000, "period": 100000 }'
	run_detached
}

# expect_v1 CONTROLLER FILE CONTENT: where that controller is of v1.
expect_v1 ()
{
	[ -z "$(mount_point_v1 "$1")" ] || expect_file "$(cgroup_of "$1")/$2" "$3"
}

# resources JSON: the update that docker, containerd and CRI-O make.
resources ()
{
	runtime update --resources - "$ID" <<<"$1"
}

@test "options change the limits that they name, and no other" {
	begin
	runtime update --memory 33554432 "$ID"
	expect_v1 memory memory.limit_in_bytes 33554432
	expect_v1 pids pids.max 100
	expect_v1 cpu cpu.shares 512
	runtime update --pids-limit 50 --cpu-share 256 "$ID"
	expect_v1 memory memory.limit_in_bytes 33554432
	expect_v1 pids pids.max 50
	expect_v1 cpu cpu.shares 256
}

@test "every option that limits" {
	begin
	has_v1 memory
	runtime update --cpu-period 200000 --cpu-quota 100000 "$ID"
	expect_v1 cpu cpu.cfs_period_us 200000
	expect_v1 cpu cpu.cfs_quota_us 100000
	runtime update --cpuset-cpus 0 --cpuset-mems 0 "$ID"
	expect_v1 cpuset cpuset.cpus 0
	expect_v1 cpuset cpuset.mems 0
	runtime update --memory-reservation 16777216 --pids-limit 33 "$ID"
	expect_v1 memory memory.soft_limit_in_bytes 16777216
	expect_v1 pids pids.max 33
	if [ -e "$(cgroup_of memory)/memory.memsw.limit_in_bytes" ]; then
		runtime update --memory 33554432 --memory-swap 44040192 "$ID"
		expect_v1 memory memory.memsw.limit_in_bytes 44040192
	fi
	if [ -e "$(cgroup_of cpu)/cpu.cfs_burst_us" ] && is_davit; then
		runtime update --cpu-burst 5000 "$ID"
		expect_v1 cpu cpu.cfs_burst_us 5000
	fi
	if [ -e "$(cgroup_of cpu)/cpu.idle" ] && is_davit; then
		runtime update --cpu-idle 1 "$ID"
		expect_v1 cpu cpu.idle 1
	fi
	if [ -e "$(cgroup_of blkio)/blkio.bfq.weight" ]; then
		runtime update --blkio-weight 555 "$ID"
		expect_v1 blkio blkio.bfq.weight 555
	elif [ -n "$(mount_point_v1 blkio)" ] && is_davit && [ ! -e "$(cgroup_of blkio)/blkio.weight" ]; then
		run runtime update --blkio-weight 555 "$ID"
		expect_error /blockIO/weight
	fi
}

@test "realtime limits, where the kernel has them" {
	begin
	has_v1 cpu
	[ -e "$(cgroup_of cpu)/cpu.rt_runtime_us" ] || skip 'this kernel has none'
	runtime update --cpu-rt-period 900000 --cpu-rt-runtime 0 "$ID"
	expect_v1 cpu cpu.rt_period_us 900000
}

@test "sizes may have a unit, and -1 is no limit" {
	begin
	has_v1 memory
	runtime update --memory 32M --memory-reservation 16m "$ID"
	expect_v1 memory memory.limit_in_bytes 33554432
	expect_v1 memory memory.soft_limit_in_bytes 16777216
	runtime update --memory -1 --pids-limit -1 --cpu-quota -1 "$ID"
	[ "$(cat "$(cgroup_of memory)/memory.limit_in_bytes")" -gt 1000000000000 ]
	expect_v1 pids pids.max max
	expect_v1 cpu cpu.cfs_quota_us -1
}

@test "what is no number, no list or out of range is refused, and nothing is changed" {
	begin
	local option
	only_davit "checks all before it writes"
	for option in --memory=x --memory=1Q --memory=-2 --memory= --pids-limit=x --pids-limit=1.5 --cpu-quota=a \
		--cpu-period=-1 --cpu-share=-1 --cpuset-cpus=a --cpuset-cpus=1- --cpuset-cpus=9999 --cpu-idle=2 \
		--blkio-weight=5 --blkio-weight=1001 --cpu-rt-runtime=x; do
		run runtime update "$option" "$ID"
		expect_status 1
		run runtime update --pids-limit 5 "$option" "$ID"
		[ "$option" = --cpuset-cpus=9999 ] || expect_v1 pids pids.max 100
	done
	run runtime update --memory 64M --memory-swap 32M "$ID"
	expect_error swap
}

@test "--resources takes a file, or - for standard input" {
	begin
	echo '{ "pids": { "limit": 44 } }' >"$T/resources"
	runtime update --resources "$T/resources" "$ID"
	expect_v1 pids pids.max 44
	runtime update "--resources=$T/resources" "$ID"
	runtime update -r - "$ID" <<<'{ "pids": { "limit": 45 }, "memory": { "limit": 50331648 } }'
	expect_v1 pids pids.max 45
	expect_v1 memory memory.limit_in_bytes 50331648
	expect_v1 cpu cpu.shares 512
}

@test "resources that are no JSON, or make no sense, are refused, and named" {
	begin
	run resources '{'
	expect_status 1
	run resources '{ "pids": { "limit": "x" } }'
	expect_status 1
	run runtime update --resources "$T/nosuch" "$ID"
	expect_error nosuch
	only_davit "names the member"
	run resources '{ "memory": { "limit": -7 } }'
	expect_error /memory/limit
	expect_v1 memory memory.limit_in_bytes 67108864
}

@test "what docker update writes for limits that it was not told is no limit of 0" {
	begin
	resources '{ "memory": { "limit": 50331648, "reservation": 0, "swap": 0, "kernel": 0 },
		"cpu": { "shares": 0, "quota": 0, "period": 0, "realtimeRuntime": 0, "realtimePeriod": 0, "cpus": "", "mems": "" },
		"blockIO": { "weight": 0 } }'
	expect_v1 memory memory.limit_in_bytes 50331648
	expect_v1 cpu cpu.shares 512
	expect_v1 cpu cpu.cfs_quota_us 50000
	expect_v1 pids pids.max 100
	runtime update --memory 0 --cpu-share 0 --cpu-quota 0 --cpu-period 0 --cpuset-cpus '' --blkio-weight 0 "$ID"
	expect_v1 memory memory.limit_in_bytes 50331648
	expect_v1 cpu cpu.shares 512
	is_running
}

@test "device rules change when there are some, and stay when there are none" {
	begin
	has_v1 devices
	resources '{ "pids": { "limit": 44 } }'
	run runtime exec "$ID" sh -c 'echo x >/dev/null'
	expect_status 0
	local before
	before=$(sort "$(cgroup_of devices)/devices.list")
	resources '{ "devices": [ { "allow": true, "type": "c", "major": 1, "minor": 11, "access": "r" } ] }'
	only_davit "and newer runc take them"
	grep -q 'c 1:11 r' "$(cgroup_of devices)/devices.list"
	[ "$(grep -v 'c 1:11 r' "$(cgroup_of devices)/devices.list" | sort)" = "$before" ]
}

@test "kernel memory limits are taken and do nothing; Intel RDT is refused without a class" {
	begin
	only_davit "and the kernel have no such limits"
	run runtime update --kernel-memory 1000000 --kernel-memory-tcp 1000000 "$ID"
	expect_status 0
	expect_in_output 'warning: --kernel-memory and --kernel-memory-tcp have no effect'
	run runtime update --l3-cache-schema 'L3:0=f' "$ID"
	expect_error intelRdt
	run runtime update --mem-bw-schema 'MB:0=10' "$ID"
	expect_error intelRdt
}

@test "update of a created container applies at its start" {
	needs_root "it may not limit"
	args sleep 1000
	create
	runtime update --pids-limit 23 "$ID"
	runtime start "$ID"
	expect_v1 pids pids.max 23
}

@test "update of a container that has stopped or is not there is refused" {
	run runtime update --pids-limit 5 "$ID"
	expect_error 'does not exist'
	args true
	run_detached
	wait_until_stopped
	run runtime update --pids-limit 5 "$ID"
	expect_status 1
}
