#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Control groups on a host with cgroup v2 alone: limits, devices, freezing, killing, delegation.

load load

setup ()
{
	needs_v2
	needs_delegation
	make_container
}

# limit JQ_PROGRAM: sets members of linux.resources.
limit ()
{
	config ".linux.resources += $1"
}

# in_cgroup FILE...: what the container sees in the files of its cgroup.
in_cgroup ()
{
	in_container "cd /sys/fs/cgroup && cat $*"
}

writable_cgroup_mount ()
{
	config '(.mounts[] | select(.type == "cgroup")).options -= ["ro"]'
}

@test "memory limits arrive, swap without what memory is of it" {
	needs_controller memory
	limit '{ "memory": { "limit": 67108864, "reservation": 33554432, "swap": 100663296 } }'
	in_cgroup memory.max memory.low memory.swap.max
	expect_output $'67108864\n33554432\n33554432'
}

@test "no swap when memory and swap together are what memory is, and -1 is no limit" {
	needs_controller memory
	limit '{ "memory": { "limit": 67108864, "swap": 67108864 } }'
	in_cgroup memory.max memory.swap.max
	expect_output $'67108864\n0'
	limit '{ "memory": { "limit": -1, "swap": -1 } }'
	in_cgroup memory.max memory.swap.max
	expect_output $'max\nmax'
}

@test "processor time: quota, period and burst" {
	needs_controller cpu
	limit '{ "cpu": { "quota": 40000, "period": 80000 } }'
	in_cgroup cpu.max
	expect_output '40000 80000'
	only_davit "sets a burst here"
	limit '{ "cpu": { "quota": 40000, "period": 80000, "burst": 10000 } }'
	in_cgroup cpu.max cpu.max.burst
	expect_output $'40000 80000\n10000'
}

@test "a share of processor time becomes a weight such that the defaults are the same" {
	needs_controller cpu
	only_davit "has runc 1.4's formula"
	# 10^((l*l + 125*l)/612 - 7/34), l the logarithm to base 2.
	limit '{ "cpu": { "shares": 1024 } }'
	in_cgroup cpu.weight
	expect_output 100
	limit '{ "cpu": { "shares": 2 } }'
	in_cgroup cpu.weight
	expect_output 1
	limit '{ "cpu": { "shares": 262144 } }'
	in_cgroup cpu.weight
	expect_output 10000
}

@test "idle processes" {
	needs_controller cpu
	only_davit "sets it here"
	limit '{ "cpu": { "idle": 1 } }'
	in_cgroup cpu.idle
	expect_output 1
}

@test "processors and memory nodes" {
	needs_controller cpuset
	limit '{ "cpu": { "cpus": "0", "mems": "0" } }'
	in_container 'cat /sys/fs/cgroup/cpuset.cpus /sys/fs/cgroup/cpuset.mems; nproc'
	expect_output $'0\n0\n1'
}

@test "the number of processes" {
	needs_controller pids
	limit '{ "pids": { "limit": 20 } }'
	in_cgroup pids.max
	expect_output 20
	in_container 'i=0; while [ $i -lt 30 ]; do sleep 5 & i=$((i + 1)); done'
	expect_status 2
	expect_in_output "can't fork"
	limit '{ "pids": { "limit": -1 } }'
	in_cgroup pids.max
	expect_output max
}

@test "a limit of 0 processes is a limit" {
	needs_controller pids
	only_davit "takes 0 for a limit"
	! is_systemd || skip "systemd has no limit of 0"
	limit '{ "pids": { "limit": 0 } }'
	in_container 'read -r max </sys/fs/cgroup/pids.max; echo $max; true | true'
	expect_in_output "can't fork"
	expect_in_output 0
}

@test "what a device may read and write" {
	needs_root "only memory, cpu and pids are sure to be delegated"
	needs_controller io
	local numbers
	numbers=$(findmnt -no MAJ:MIN / | tr -d ' ')
	# Limits are a disk's, not a partition's.
	[ -e "/sys/dev/block/$numbers/queue" ] || skip "the root file system is on no whole disk"
	limit "{ \"blockIO\": {
		\"throttleReadBpsDevice\": [ { \"major\": ${numbers%:*}, \"minor\": ${numbers#*:}, \"rate\": 1048576 } ],
		\"throttleWriteIOPSDevice\": [ { \"major\": ${numbers%:*}, \"minor\": ${numbers#*:}, \"rate\": 500 } ]
	} }"
	in_cgroup io.max
	expect_output "$numbers rbps=1048576 wbps=max riops=max wiops=500"
}

@test "huge pages, reserved ones too" {
	needs_root "the controller is not delegated"
	! is_systemd || skip "systemd knows no such limit"
	grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers || skip "no cgroup controller 'hugetlb' here"
	# Not below a unit of systemd's: it delegates only what it knows.
	config --arg path "/$ID-top" '.linux.cgroupsPath = $path'
	limit '{ "hugepageLimits": [ { "pageSize": "2MB", "limit": 4194304 } ] }'
	in_cgroup hugetlb.2MB.max
	expect_output 4194304
	only_davit "and newer runc limit reservations"
	in_cgroup hugetlb.2MB.rsvd.max
	expect_output 4194304
}

@test "unified: files by their names, after all that the other members say" {
	needs_controller memory pids
	limit '{ "memory": { "limit": 67108864 },
		"unified": { "memory.max": "50331648", "memory.high": "33554432", "pids.max": "30" } }'
	in_cgroup memory.max memory.high pids.max
	expect_output $'50331648\n33554432\n30'
}

@test "unified: a file that does not exist is an error that names it" {
	limit '{ "unified": { "memory.nonsense": "1" } }'
	in_container true
	expect_failure
	expect_in_output memory.nonsense
}

@test "unified: a file of another cgroup is an error" {
	limit '{ "unified": { "../cgroup.procs": "1" } }'
	in_container true
	expect_failure
	expect_in_output ../cgroup.procs
}

@test "with memory.oom.group all die when one takes too much" {
	needs_controller memory
	limit '{ "memory": { "limit": 16777216, "swap": 16777216 }, "unified": { "memory.oom.group": "1" } }'
	in_container 'echo begin; dd if=/dev/zero of=/dev/null bs=64M count=1; echo survived'
	expect_status 137
	expect_output begin
}

@test "a limit below what is used already is refused with checkBeforeUpdate" {
	needs_controller memory
	only_davit "and newer runc know it"
	args sh -c 'head -c 20000000 /dev/zero >/dev/shm/used && exec sleep 1000'
	run_detached
	wait_for 5 test -n "$(find "$(cgroup_dir)/memory.current" 2>/dev/null)"
	wait_for 10 uses_memory 20000000
	echo '{ "memory": { "limit": 10000000, "checkBeforeUpdate": true } }' >"$T/resources"
	run runtime update --resources "$T/resources" "$ID"
	expect_failure
	[ "$(cat "$(cgroup_dir)/memory.max")" = max ]
	is_running
}

uses_memory ()
{
	[ "$(cat "$(cgroup_dir)/memory.current")" -ge "$1" ]
}

@test "members that only v1 has are passed over where engines set them for nothing" {
	limit '{ "memory": { "disableOOMKiller": false, "useHierarchy": true } }'
	in_container true
	expect_status 0
	only_davit "and runc pass over these too"
	limit '{ "memory": { "kernel": -1, "kernelTCP": -1, "swappiness": 10 } }'
	in_container true
	expect_status 0
}

@test "update changes a running container's limits" {
	needs_controller memory cpu pids
	args sleep 1000
	run_detached
	runtime update --memory 67108864 --memory-swap 67108864 --pids-limit 25 --cpu-period 100000 \
		--cpu-quota 30000 "$ID"
	cd "$(cgroup_dir)"
	expect_file memory.max 67108864
	expect_file memory.swap.max 0
	expect_file pids.max 25
	expect_file cpu.max '30000 100000'
}

@test "no device but the container's own may be opened or made" {
	needs_root "no device nodes can be made"
	config '.linux.devices = [
			{ "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "fileMode": 438 },
			{ "path": "/dev/mem", "type": "c", "major": 1, "minor": 1, "fileMode": 438 } ]
		| .linux.resources.devices += [
			{ "allow": true, "type": "c", "major": 1, "minor": 11, "access": "r" } ]
		| .process.capabilities[] += ["CAP_MKNOD", "CAP_SYSLOG"]'
	in_container 'cat /dev/null && echo null
		dd if=/dev/kmsg of=/dev/null bs=8192 count=1 && echo read
		echo >/dev/kmsg
		dd if=/dev/mem of=/dev/null bs=1 count=1
		mknod /made c 1 11 && echo >/made
		mknod /null c 1 3 && cat /null && echo made'
	expect_in_output null
	expect_in_output read
	expect_in_output "can't create /dev/kmsg: Operation not permitted"
	expect_in_output "can't open '/dev/mem': Operation not permitted"
	# A node may be made, as other runtimes let it, but not opened.
	expect_in_output "can't create /made: Operation not permitted"
	expect_in_output made
}

@test "device rules in their order: the last that fits decides" {
	needs_root "no device nodes can be made"
	config '.linux.devices = [
			{ "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "fileMode": 438 } ]
		| .process.capabilities[] += ["CAP_SYSLOG"]
		| .linux.resources.devices = [
			{ "allow": false, "access": "rwm" },
			{ "allow": true, "type": "c", "access": "rw" },
			{ "allow": false, "type": "c", "major": 1, "minor": 11, "access": "rw" } ]'
	in_container 'dd if=/dev/kmsg of=/dev/null bs=8192 count=1'
	expect_in_output "Operation not permitted"
	config '.linux.resources.devices |= [.[0, 2, 1]]'
	in_container 'dd if=/dev/kmsg of=/dev/null bs=8192 count=1 2>/dev/null'
	expect_status 0
}

@test "the devices that every container has come after the config's rules" {
	needs_root "no device nodes can be made"
	config '.linux.resources.devices = [
			{ "allow": false, "type": "c", "major": 1, "minor": 3, "access": "rwm" },
			{ "allow": false, "access": "rwm" } ]'
	in_container 'echo lost >/dev/null && head -c 1 /dev/zero | wc -c && test -r /dev/ptmx'
	expect_status 0
	expect_output 1
}

@test "device rules change with update, at once" {
	needs_root "no device nodes can be made"
	only_davit "takes device rules from update"
	config '.linux.devices = [
			{ "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "fileMode": 438 } ]
		| .process.capabilities[] += ["CAP_SYSLOG"]'
	args sleep 1000
	run_detached
	run runtime exec "$ID" dd if=/dev/kmsg of=/dev/null bs=8192 count=1
	expect_in_output "Operation not permitted"
	echo '{ "devices": [ { "allow": true, "type": "c", "major": 1, "minor": 11, "access": "rw" } ] }' \
		>"$T/resources"
	runtime update --resources "$T/resources" "$ID"
	runtime exec "$ID" dd if=/dev/kmsg of=/dev/null bs=8192 count=1
}

@test "pause stops all processes, resume lets them go on" {
	args sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/count; done'
	run_detached
	wait_for 5 test -s "$BUNDLE/rootfs/count"
	runtime pause "$ID"
	[ "$(container_status)" = paused ]
	expect_file "$(cgroup_dir)/cgroup.freeze" 1
	grep -q 'frozen 1' "$(cgroup_dir)/cgroup.events"
	local before
	before=$(cat "$BUNDLE/rootfs/count")
	sleep 0.5
	expect_file "$BUNDLE/rootfs/count" "$before"
	runtime resume "$ID"
	is_running
	wait_for 5 counts_on "$before"
}

counts_on ()
{
	local now
	now=$(cat "$BUNDLE/rootfs/count")
	[ -n "$now" ] && [ "$now" != "$1" ]
}

@test "delete --force of a paused container leaves nothing" {
	args sleep 1000
	run_detached
	runtime pause "$ID"
	runtime delete --force "$ID"
}

@test "delete --force kills faster than a container can fork, in cgroups of its own too" {
	local dir
	writable_cgroup_mount
	args sh -c 'mkdir /sys/fs/cgroup/below 2>/dev/null && sh -c "echo 0 >/sys/fs/cgroup/below/cgroup.procs; exec sleep 1000" &
		fork () { fork & fork; sleep 1; }
		ulimit -u 200 2>/dev/null
		touch /ready
		while :; do (while :; do (sleep 0.01 &); done) & sleep 1; done'
	limit '{ "pids": { "limit": 100 } }'
	run_detached
	wait_for 5 test -e "$BUNDLE/rootfs/ready"
	dir=$(cgroup_dir)
	runtime delete --force "$ID"
	[ ! -e "$dir" ]
}

@test "without a PID namespace, kill reaches all processes of the cgroup" {
	local dir
	only_davit "and newer runc do without --all"
	config '.linux.namespaces |= map(select(.type != "pid"))'
	# A new PID namespace may mount its own proc, the host's can't be.
	! is_rootless || config '(.mounts[] | select(.type == "proc")) |=
		{ "destination": "/proc", "type": "bind", "source": "/proc", "options": ["rbind"] }'
	args sh -c 'sleep 1000 & sleep 1000 & touch /ready; wait'
	run_detached
	wait_for 5 test -e "$BUNDLE/rootfs/ready"
	dir=$(cgroup_dir)
	[ "$(wc -l <"$dir/cgroup.procs")" -ge 3 ]
	runtime kill "$ID" KILL
	wait_for 5 is_empty_cgroup "$dir"
}

is_empty_cgroup ()
{
	[ ! -e "$1" ] || ! grep -q 'populated 1' "$1/cgroup.events"
}

@test "the container's cgroup is the root of its cgroup namespace" {
	in_container 'cat /proc/self/cgroup; test -e /sys/fs/cgroup/cgroup.type'
	expect_status 0
	expect_output 0::/
}

@test "a cgroup mount that is not read-only is the container's own alone, and written to" {
	writable_cgroup_mount
	in_container 'cd /sys/fs/cgroup && cat cgroup.procs && mkdir below && echo 0 >below/cgroup.procs &&
		cat /proc/self/cgroup'
	expect_status 0
	expect_output $'1\n2\n0::/below'
}

@test "the cgroup mount is read-only when it says so" {
	in_container 'mkdir /sys/fs/cgroup/below'
	expect_failure
	expect_in_output "Read-only file system"
}

@test "cgroupsPath names the cgroup, and delete removes it" {
	local dir
	config --arg path "$(cgroups_path "$ID-mine")" '.linux.cgroupsPath = $path'
	args sleep 1000
	run_detached
	dir=$(cgroup_dir)
	[[ $dir == *"$ID-mine"* ]]
	[ -d "$dir" ]
	runtime delete --force "$ID"
	[ ! -e "$dir" ]
}

@test "an absolute cgroupsPath counts from the mount point, and .. does not lead out of it" {
	needs_root "the way down from the root is not delegated"
	! is_systemd || skip "the systemd driver has no paths"
	config --arg path "/$ID-top/below" '.linux.cgroupsPath = $path'
	args sleep 1000
	run_detached
	[ "$(cgroup_dir)" = "/sys/fs/cgroup/$ID-top/below" ]
	runtime delete --force "$ID"
	rmdir "/sys/fs/cgroup/$ID-top" 2>/dev/null || true
	config --arg path "/../../$ID-top" '.linux.cgroupsPath = $path'
	run_detached
	[ "$(cgroup_dir)" = "/sys/fs/cgroup/$ID-top" ]
}

@test "a cgroup that holds a process already is refused, and stays" {
	needs_root "the way down from the root is not delegated"
	! is_systemd || skip "the systemd driver has no paths"
	local sleeper
	mkdir "/sys/fs/cgroup/$ID-full"
	sleep 1000 3>&- &
	sleeper=$!
	echo "$sleeper" >"/sys/fs/cgroup/$ID-full/cgroup.procs"
	config --arg path "/$ID-full" '.linux.cgroupsPath = $path'
	in_container true
	kill "$sleeper"
	wait "$sleeper" || true
	expect_failure
	expect_in_output cgroup
	rmdir "/sys/fs/cgroup/$ID-full"
}

@test "exec enters the container's cgroup, or one below it" {
	writable_cgroup_mount
	args sh -c 'mkdir /sys/fs/cgroup/below; touch /ready; exec sleep 1000'
	run_detached
	wait_for 5 test -e "$BUNDLE/rootfs/ready"
	run runtime exec "$ID" cat /proc/self/cgroup
	expect_output 0::/
	[ -d "$(cgroup_dir)/below" ] || skip "no writable cgroup in this container"
	run runtime exec --cgroup below "$ID" cat /proc/self/cgroup
	expect_output 0::/below
	only_davit "refuses the way out"
	run runtime exec --cgroup ../.. "$ID" cat /proc/self/cgroup
	expect_failure
}

@test "in a user namespace a writable cgroup is its root's to divide, and its limits aren't" {
	needs_controller memory pids
	is_rootless || config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	is_rootless || chown -R 100000:100000 "$BUNDLE/rootfs"
	writable_cgroup_mount
	limit '{ "memory": { "limit": 67108864 } }'
	in_container 'cd /sys/fs/cgroup && mkdir main &&
		echo 0 >main/cgroup.procs && echo +memory +pids >cgroup.subtree_control && mkdir limited &&
		echo 1000000 >limited/memory.max && cat limited/pids.max && echo divided
		echo max >memory.max'
	expect_in_output divided
	is_rootless || expect_in_output "can't create memory.max: Permission denied"
}

@test "in a user namespace all files that the kernel lists as delegatable are its root's, and no others" {
	needs_root "all is the caller's own"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$BUNDLE/rootfs"
	writable_cgroup_mount
	args sleep 1000
	run_detached
	cd "$(cgroup_dir)"
	[ "$(stat -c %u .)" = 100000 ]
	[ "$(find . -type f -uid 100000 -printf '%f\n' | sort)" = \
		"$(xargs ls -d 2>/dev/null </sys/kernel/cgroup/delegate | sort)" ]
}

@test "a read-only cgroup is nobody's to divide" {
	needs_root "all is the caller's own"
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 100000:100000 "$BUNDLE/rootfs"
	args sleep 1000
	run_detached
	[ "$(stat -c %u "$(cgroup_dir)/cgroup.procs")" = 0 ]
}

@test "a container in a container has its cgroup in that of the outer one" {
	needs_root "the outer container is a host like this one"
	! is_systemd || skip "no systemd in a container"
	local directory
	for directory in usr bin sbin lib lib64 etc opt; do
		[ -e "/$directory" ] || continue
		rm -rf "${BUNDLE:?}/rootfs/$directory"
		mkdir "$BUNDLE/rootfs/$directory"
		config --arg path "/$directory" \
			'.mounts += [ { "destination": $path, "source": $path, "type": "bind", "options": ["rbind", "ro"] } ]'
	done
	mkdir -p "$BUNDLE/rootfs/inner/rootfs/bin" "$BUNDLE/rootfs/run"
	cp /bin/busybox "$BUNDLE/rootfs/inner/rootfs/bin/sh"
	jq '.process.args = ["sh", "-c", "read -r line </proc/self/cgroup; echo inner $line"]
		| .hostname = "inner"' "$SUITE_CONFIG" >"$BUNDLE/rootfs/inner/config.json"
	writable_cgroup_mount
	config '.process.capabilities[] = $all | del(.linux.maskedPaths, .linux.readonlyPaths)
		| .process.noNewPrivileges = false | .process.env = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
		| .linux.resources.devices = [ { "allow": true, "access": "rwm" } ]
		| (.mounts[] | select(.destination == "/sys")).options -= ["ro"]' \
		--argjson all "$(all_capabilities)"
	in_container "mkdir /sys/fs/cgroup/init && echo 0 >/sys/fs/cgroup/init/cgroup.procs &&
		exec $RUNTIME --root /run/state run --bundle /inner inner"
	expect_status 0
	expect_output 'inner 0::/'
}

all_capabilities ()
{
	capsh --print | sed -n 's/^Bounding set =//p' | tr '[:lower:]' '[:upper:]' | sed 's/[^,]\+/"&"/g; s/.*/[&]/'
}

@test "a container that could not be created leaves no cgroup" {
	needs_controller memory
	limit '{ "memory": { "limit": 67108864 } }'
	args /no/such/program
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_failure
	config --arg path "$(cgroups_path "$ID-bad")" '.linux.cgroupsPath = $path
		| .linux.resources.unified = { "pids.max": "nonsense" }'
	in_container true
	expect_failure
	nothing_is_left
}

@test "the first process is born in its cgroup, and kill --all is one write" {
	command -v strace >/dev/null || skip "strace is not installed"
	only_davit "and newer runc do it"
	# newgidmap has no privilege below strace.
	! is_rootless || config '.linux.uidMappings |= .[:1] | .linux.gidMappings |= .[:1]
		| (.mounts[] | select(.type == "devpts")).options -= ["gid=5"]'
	args true
	quietly strace -f -qq -e trace=clone3 -o "$T/trace" "$RUNTIME" --root "$ROOT" \
		${DAVIT_BATS_SYSTEMD:+--systemd-cgroup} run --bundle "$BUNDLE" "$ID"
	grep -q 'CLONE_INTO_CGROUP.* = [1-9]' "$T/trace"
	args sleep 1000
	run_detached
	strace -f -qq -e trace=openat -o "$T/trace" "$RUNTIME" --root "$ROOT" kill --all "$ID" KILL
	grep -q '"[^"]*cgroup.kill".* = [0-9]' "$T/trace"
}

@test "processes are in the container's cgroup from their first instruction" {
	config '.hooks.createRuntime = [ { "path": "/bin/sh", "args": [ "sh", "-c",
		"read -r line </proc/$(jq -r .pid)/cgroup; echo $line >\($file)" ],
		"env": [ "PATH=/usr/local/bin:/usr/bin:/bin" ] } ]' --arg file "$T/at-hook"
	in_container true
	expect_status 0
	grep -q "$ID" "$T/at-hook"
}

# ---- run.oci.delegate-cgroup

# delegate PATH
delegate ()
{
	only_davit "and crun know it"
	config --arg path "$1" '.annotations["run.oci.delegate-cgroup"] = $path'
}

@test "run.oci.delegate-cgroup: the program is in a cgroup below the container's, and may divide it" {
	needs_controller memory pids
	delegate /a/payload
	writable_cgroup_mount
	limit '{ "memory": { "limit": 67108864 } }'
	# shellcheck disable=SC2016 # for the shell inside
	in_container 'cat /proc/self/cgroup && cd /sys/fs/cgroup && cat memory.max cgroup.procs &&
		cd a/payload && cat memory.max && mkdir inner && echo $$ >inner/cgroup.procs &&
		echo +memory +pids >cgroup.subtree_control && echo 40 >inner/pids.max && cat inner/pids.max'
	expect_status 0
	expect_output $'0::/a/payload\n67108864\nmax\n40'
}

@test "the delegated cgroup is the user's, the container's own is not" {
	needs_root "others have no choice of users"
	delegate payload
	config '.process.user = { "uid": 7, "gid": 7 }'
	in_container 'cd /sys/fs/cgroup && stat -c "%u %n" . payload payload/cgroup.procs payload/pids.max'
	expect_output $'0 .\n7 payload\n7 payload/cgroup.procs\n0 payload/pids.max'
}

@test "exec comes into the delegated cgroup, and kill and delete reach what it holds" {
	delegate payload
	args sleep 1000
	run_detached
	run runtime exec "$ID" cat /proc/self/cgroup
	expect_output 0::/payload
	runtime kill --all "$ID" KILL
	wait_until_stopped
	runtime delete "$ID"
	nothing_is_left
}
