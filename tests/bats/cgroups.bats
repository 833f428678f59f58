#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Control groups: where the container's are, what limits are in them, and that they go with it. The
# tests look at the files of whatever hierarchies the host has: v1, v2, or both.

load load
load cgroups

setup ()
{
	make_container
	mine=()
}

teardown ()
{
	local directory
	for directory in "${mine[@]}"; do
		rmdir "$directory" 2>/dev/null || true
	done
	leave_nothing
}

# limit JQ_PATH JSON
limit ()
{
	config --argjson value "$2" ".linux.resources.$1 = \$value"
}

run_sleeper ()
{
	args sleep 100
	run_detached
}

@test "a container without cgroupsPath has control groups of its own, named after it" {
	run_sleeper
	[[ $(cgroup_of memory) == *"$ID"* ]]
	[[ $(cgroup_of pids) == *"$ID"* ]]
	grep -qx "$(container_pid)" "$(cgroup_of memory)/cgroup.procs"
}

@test "a container is in a control group of its own in every hierarchy" {
	run_sleeper
	local line
	while IFS= read -r line; do
		# runc leaves the cgroup2 of a hybrid host alone, unless it holds a controller that it wants
		is_davit || [[ $line != 0::* ]] || continue
		[[ $line == *"$ID"* ]]
	done <"/proc/$(container_pid)/cgroup"
}

@test "a created container is in its control groups already" {
	args sleep 100
	limit memory.limit 67108864
	create
	has_v1 memory
	expect_in_cgroup memory memory.limit_in_bytes 67108864
}

@test "the control groups are gone after delete" {
	run_sleeper
	local directory
	directory=$(cgroup_of memory)
	[ -d "$directory" ]
	runtime delete --force "$ID"
	[ ! -d "$directory" ]
	[ -z "$(find /sys/fs/cgroup -name "*$ID*")" ]
}

@test "an absolute cgroupsPath is below the mount point" {
	has_v1 memory
	config --arg path "/test-$ID/sub" '.linux.cgroupsPath = $path'
	mine=(/sys/fs/cgroup/*/"test-$ID")
	run_sleeper
	[ "$(cgroup_of memory)" = "$(mount_point_v1 memory)/test-$ID/sub" ]
	runtime delete --force "$ID"
	[ ! -d "$(mount_point_v1 memory)/test-$ID/sub" ]
	# runc leaves the parents that it made
	mine=(/sys/fs/cgroup/*/"test-$ID")
}

@test "a relative cgroupsPath is at the same place every time, and below the runtime's own on v1" {
	has_v1 memory
	config --arg path "test-$ID" '.linux.cgroupsPath = $path'
	run_sleeper
	local first own
	first=$(cgroup_of memory)
	own=$(sed -n 's/^[0-9]*:memory://p' /proc/self/cgroup)
	[ "$first" = "$(mount_point_v1 memory)${own%/}/test-$ID" ]
	runtime delete --force "$ID"
	run_detached
	[ "$(cgroup_of memory)" = "$first" ]
}

@test "a cgroupsPath with .. stays below the mount point (SEC-24)" {
	config --arg path "/../../../../tmp/test-$ID" '.linux.cgroupsPath = $path'
	args sleep 100
	run run_detached
	[ ! -e "/tmp/test-$ID" ]
	runtime delete --force "$ID"
	mine=(/sys/fs/cgroup/*/"tmp/test-$ID" /sys/fs/cgroup/*/tmp)
}

@test "a control group that is there already is used, and kept at delete" {
	only_davit "keeps what it has not made, as the specification demands"
	has_v1 memory
	local directory
	directory=$(mount_point_v1 memory)/test-$ID
	mine=("$directory")
	mkdir "$directory"
	config --arg path "/test-$ID" '.linux.cgroupsPath = $path'
	run_sleeper
	[ "$(cgroup_of memory)" = "$directory" ]
	runtime delete --force "$ID"
	[ -d "$directory" ]
	[ ! -d "$(mount_point_v1 pids)/test-$ID" ]
}

@test "a control group that another container is in is refused, and the other one stays" {
	config --arg path "/test-$ID" '.linux.cgroupsPath = $path'
	run_sleeper
	local first=$ID
	ID=$ID-second
	args true
	if is_davit; then
		run create
		expect_status 1
	else
		# runc 1.1 warns
		create
		runtime delete --force "$ID"
	fi
	is_running "$first"
}

@test "memory.limit is in the control group, and rules" {
	limit memory '{ "limit": 33554432 }'
	run_sleeper
	has_v1 memory
	expect_in_cgroup memory memory.limit_in_bytes 33554432
	runtime delete --force "$ID"
	in_container 'dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo survived $?'
	[ "$status" != 0 ] || [[ $output != 'survived 0' ]]
}

@test "memory.swap and memory.reservation are in the control group" {
	has_v1 memory
	limit memory '{ "limit": 33554432, "reservation": 16777216, "swap": 50331648 }'
	run_sleeper
	expect_in_cgroup memory memory.limit_in_bytes 33554432
	expect_in_cgroup memory memory.soft_limit_in_bytes 16777216
	expect_in_cgroup memory memory.memsw.limit_in_bytes 50331648
}

@test "memory.swappiness and disableOOMKiller are in the control group on v1" {
	has_v1 memory
	limit memory '{ "limit": 33554432, "swappiness": 17, "disableOOMKiller": true }'
	run_sleeper
	expect_in_cgroup memory memory.swappiness 17
	grep -qx 'oom_kill_disable 1' "$(cgroup_of memory)/memory.oom_control"
}

@test "memory.kernelTCP and useHierarchy are in the control group on v1, and memory.kernel is no limit any more" {
	has_v1 memory
	[ -e "$(mount_point_v1 memory)/memory.kmem.tcp.limit_in_bytes" ] || skip 'this kernel counts no memory of TCP'
	limit memory '{ "kernel": 8388608, "kernelTCP": 16777216, "useHierarchy": true }'
	run_sleeper
	expect_in_cgroup memory memory.kmem.tcp.limit_in_bytes 16777216
	expect_in_cgroup memory memory.use_hierarchy 1
	only_davit "leaves out what kernels since 6.1 take and don't heed"
	[ "$(cat "$(cgroup_of memory)/memory.kmem.limit_in_bytes" 2>/dev/null || echo 9000000)" != 8388608 ]
}

@test "memory.checkBeforeUpdate refuses a limit below what is used already" {
	only_davit "and newer runc look at it"
	has_v1 memory
	args sh -c 'head -c 20000000 /dev/zero >/dev/shm/used && touch /tmp/ready && exec sleep 100'
	run_detached
	wait_for 5 test -e "$BUNDLE/rootfs/tmp/ready"
	run runtime update --resources - "$ID" <<<'{ "memory": { "limit": 8388608, "checkBeforeUpdate": true } }'
	expect_status 1
	expect_in_output memory
	is_running
	[ "$(cat "$(cgroup_of memory)/memory.limit_in_bytes")" -gt 20000000 ]
}

@test "realtimeRuntime and realtimePeriod are in the control group" {
	has_v1 cpu
	[ -e "$(mount_point_v1 cpu)/cpu.rt_runtime_us" ] || skip 'this kernel has no groups of real-time processes'
	limit cpu '{ "realtimePeriod": 500000, "realtimeRuntime": 2000 }'
	run_sleeper
	expect_in_cgroup cpu cpu.rt_period_us 500000
	expect_in_cgroup cpu cpu.rt_runtime_us 2000
}

@test "-1 as a memory limit is no limit" {
	has_v1 memory
	limit memory '{ "limit": -1, "swap": -1 }'
	run_sleeper
	[ "$(cat "$(cgroup_of memory)/memory.limit_in_bytes")" -gt 1000000000000 ]
}

@test "cpu shares, quota and period are in the control group" {
	has_v1 cpu
	limit cpu '{ "shares": 512, "quota": 40000, "period": 80000 }'
	run_sleeper
	expect_in_cgroup cpu cpu.shares 512
	expect_in_cgroup cpu cpu.cfs_quota_us 40000
	expect_in_cgroup cpu cpu.cfs_period_us 80000
}

@test "a cpu quota of -1 is no quota" {
	has_v1 cpu
	limit cpu '{ "quota": -1, "period": 100000 }'
	run_sleeper
	expect_in_cgroup cpu cpu.cfs_quota_us -1
}

@test "cpu burst and idle are in the control group" {
	only_davit "and runc since 1.2 know them"
	has_v1 cpu
	limit cpu '{ "quota": 40000, "period": 80000, "burst": 20000 }'
	run_sleeper
	expect_in_cgroup cpu cpu.cfs_burst_us 20000
	runtime delete --force "$ID"
	limit cpu '{ "idle": 1 }'
	run_detached
	expect_in_cgroup cpu cpu.idle 1
}

@test "cpus and mems are in the control group, and seen by the program" {
	limit cpu '{ "cpus": "0", "mems": "0" }'
	in_container 'sed -n "s/^\(Cpus\|Mems\)_allowed_list:.//p" /proc/self/status'
	expect_status 0
	expect_output "$(printf '0\n0')"
}

@test "cpus that the host does not have are refused, and nothing is left" {
	limit cpu '{ "cpus": "4000" }'
	args true
	run create
	expect_status 1
	nothing_is_left
}

@test "pids.limit is in the control group, and rules" {
	has_v1 pids
	limit pids '{ "limit": 12 }'
	run_sleeper
	expect_in_cgroup pids pids.max 12
	runtime delete --force "$ID"
	in_container 'for i in $(seq 30); do sleep 5 & done 2>&1; true'
	expect_in_output fork
}

@test "pids.limit -1 is no limit, and 0 is one" {
	only_davit "takes 0 for what it is"
	has_v1 pids
	limit pids '{ "limit": -1 }'
	run_sleeper
	expect_in_cgroup pids pids.max max
	runtime delete --force "$ID"
	limit pids '{ "limit": 0 }'
	run_detached
	expect_in_cgroup pids pids.max 0
}

@test "blkio weights and throttles are in the control group" {
	has_v1 blkio
	local device numbers
	device=$(lsblk --noheadings --nodeps --output MAJ:MIN 2>/dev/null | tr -d ' ' | grep -v '^\(7\|1\|11\):' | head -n 1)
	[ -n "$device" ] || skip 'this host has no block device'
	numbers="\"major\": ${device%:*}, \"minor\": ${device#*:}"
	limit blockIO "{ \"throttleReadBpsDevice\": [ { $numbers, \"rate\": 1048576 } ],
		\"throttleWriteBpsDevice\": [ { $numbers, \"rate\": 2097152 } ],
		\"throttleReadIOPSDevice\": [ { $numbers, \"rate\": 333 } ],
		\"throttleWriteIOPSDevice\": [ { $numbers, \"rate\": 444 } ] }"
	run_sleeper
	expect_in_cgroup blkio blkio.throttle.read_bps_device "$device 1048576"
	expect_in_cgroup blkio blkio.throttle.write_bps_device "$device 2097152"
	expect_in_cgroup blkio blkio.throttle.read_iops_device "$device 333"
	expect_in_cgroup blkio blkio.throttle.write_iops_device "$device 444"
}

@test "hugetlb limits are in the control group of whichever hierarchy holds hugetlb" {
	[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip 'this host has no huge pages of 2 MB'
	limit hugepageLimits '[ { "pageSize": "2MB", "limit": 4194304 } ]'
	args sleep 100
	if [ -n "$(mount_point_v1 hugetlb)" ]; then
		run_detached
		expect_in_cgroup hugetlb hugetlb.2MB.limit_in_bytes 4194304
	else
		only_davit "finds controllers in the cgroup2 of a hybrid host"
		has_v2 hugetlb
		run_detached
		expect_in_cgroup hugetlb hugetlb.2MB.max 4194304
	fi
}

@test "a page size that the host does not have is refused" {
	limit hugepageLimits '[ { "pageSize": "3MB", "limit": 4194304 } ]'
	args true
	run create
	expect_status 1
	nothing_is_left
}

@test "unified settings are written as they are where there is a cgroup2" {
	only_davit "writes them on a hybrid host"
	[ -n "$(mount_point_v2)" ] || skip 'this host has no cgroup2'
	limit unified '{ "cgroup.max.depth": "3" }'
	run_sleeper
	expect_file "$(mount_point_v2)$(sed -n 's/^0:://p' "/proc/$(container_pid)/cgroup")/cgroup.max.depth" 3
}

@test "unified settings that the kernel does not have, or that leave the directory, are refused" {
	for settings in '{ "nosuch.max": "1" }' '{ "../cgroup.max.depth": "3" }' '{ "a/b": "3" }'; do
		limit unified "$settings"
		args true
	run create
		expect_status 1
		nothing_is_left
	done
}

@test "a limit for a controller that the host lacks is an error that names it" {
	[ -z "$(mount_point_v1 net_prio)" ] || skip 'this host has net_prio'
	only_davit "says so instead of leaving it out"
	limit network '{ "priorities": [ { "name": "lo", "priority": 5 } ] }'
	args true
	run create
	expect_error /linux/resources/network
	nothing_is_left
}

@test "devices are denied by default, but for those that every container has" {
	config '.linux.resources.devices = [ { "allow": false, "access": "rwm" } ]
		| .process.capabilities |= with_entries(.value += [ "CAP_MKNOD" ])
		| .mounts |= map(select(.destination == "/dev").options -= [ "nodev" ])'
	in_container 'mknod /tmp/null c 1 3 && mknod /tmp/random c 1 8 && : >/tmp/null && head -c 1 /tmp/random >/dev/null && echo usable
		mknod /tmp/kmsg c 1 11 && { : >>/tmp/kmsg; } 2>&1; true'
	expect_in_output usable
	shopt -s nocasematch
	expect_in_output 'not permitted'
}

@test "a device that the rules allow can be used" {
	[ -c /dev/kmsg ] || skip 'this host has no /dev/kmsg'
	config '.linux.resources.devices = [ { "allow": false, "access": "rwm" },
			{ "allow": true, "type": "c", "major": 1, "minor": 11, "access": "w" } ]
		| .linux.devices = [ { "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11 } ]
		| .process.capabilities |= with_entries(.value += [ "CAP_SYSLOG" ])'
	in_container ': >>/dev/kmsg && echo written; { : </dev/kmsg; } 2>&1; true'
	[ "${lines[0]}" = written ]
	shopt -s nocasematch
	expect_in_output 'not permitted'
}

@test "device rules take effect in their order" {
	[ -c /dev/kmsg ] || skip 'this host has no /dev/kmsg'
	config '.linux.resources.devices = [ { "allow": false, "access": "rwm" },
			{ "allow": true, "type": "c", "major": 1, "minor": 11, "access": "rwm" },
			{ "allow": false, "type": "c", "major": 1, "minor": 11, "access": "rw" } ]
		| .linux.devices = [ { "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11 } ]'
	in_container '{ : >>/dev/kmsg; } 2>&1; true'
	shopt -s nocasematch
	expect_in_output 'not permitted'
}

@test "the rules of the config are in devices.list" {
	has_v1 devices
	config '.linux.resources.devices = [ { "allow": false, "access": "rwm" },
		{ "allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw" },
		{ "allow": true, "type": "b", "major": 8, "access": "r" } ]'
	run_sleeper
	grep -qx 'c 10:229 rw' "$(cgroup_of devices)/devices.list"
	grep -qx 'b 8:\* r' "$(cgroup_of devices)/devices.list"
	run grep -x 'a \*:\* rwm' "$(cgroup_of devices)/devices.list"
	expect_failure
}

@test "a limit of 4 MB of memory is enough to start a container" {
	limit memory '{ "limit": 4194304 }'
	is_davit || limit memory '{ "limit": 16777216 }'
	in_container 'echo ran'
	expect_status 0
	expect_output ran
}

@test "the control groups are seen in the container at their own root, and not writable" {
	in_container 'ls /sys/fs/cgroup | wc -l; mkdir /sys/fs/cgroup/*/new 2>/dev/null && echo made; true'
	[ "${lines[0]}" -gt 0 ]
	[ "${#lines[@]}" = 1 ]
}

@test "processes that the program has moved to a control group below are ended at delete" {
	has_v1 pids
	config '.process.capabilities |= with_entries(.value += [ "CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE" ])
		| (.mounts[] | select(.type == "cgroup")).options -= [ "ro" ]'
	args sh -c 'mkdir /sys/fs/cgroup/pids/below && sleep 1000 & echo ready; sleep 100'
	run_detached
	wait_for 5 grep -q ready "$T/out"
	runtime delete --force "$ID"
	wait_for 5 nothing_is_left
}

@test "a container that forks as fast as it can is ended by delete --force" {
	limit pids '{ "limit": 60 }'
	config 'del(.linux.namespaces[] | select(.type == "pid"))'
	args sh -c 'echo ready; f () { f & f; }; f'
	run_detached
	wait_for 5 grep -q ready "$T/out"
	runtime delete --force "$ID"
	wait_for 5 nothing_is_left
}
