#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The systemd driver: each container is a scope, and its limits are systemd's properties of it.

load load

setup ()
{
	needs_systemd
	make_container
	config --arg path "$(cgroups_path "$ID")" '.linux.cgroupsPath = $path'
	UNIT=bats-$ID.scope
}

# The manager that the container's unit belongs to.
manager ()
{
	if is_rootless; then
		systemctl --user "$@"
	else
		systemctl "$@"
	fi
}

# expect_property NAME VALUE: of the container's unit.
expect_property ()
{
	local value
	value=$(manager show --value -p "$1" "$UNIT")
	[ "$value" = "$2" ] || {
		printf '%s of %s is %s instead of %s\n' "$1" "$UNIT" "$value" "$2"
		return 1
	}
}

is_unit_gone ()
{
	[ "$(manager show --value -p LoadState "$UNIT")" = not-found ]
}

@test "a container is a scope of the name and slice that cgroupsPath says" {
	args sleep 1000
	run_detached
	expect_property ActiveState active
	expect_property Delegate yes
	expect_property Slice "$(cgroups_path x | cut -d : -f 1)"
	[[ $(cgroup_dir) == *"$(manager show --value -p ControlGroup "$UNIT")"* ]]
	runtime delete --force "$ID"
	wait_for 5 is_unit_gone
}

@test "without a cgroupsPath the scope is named after the container" {
	config 'del(.linux.cgroupsPath)'
	args sleep 1000
	run_detached
	[[ $(cgroup_dir)/ == */*"-$ID.scope/"* ]]
}

@test "a slice below a slice" {
	needs_root "one manager is as good as the other"
	config --arg path "bats-deep$$.slice:bats:$ID" '.linux.cgroupsPath = $path'
	args sleep 1000
	run_detached
	expect_property Slice "bats-deep$$.slice"
	[[ $(cgroup_dir) == */bats.slice/bats-deep$$.slice/$UNIT* ]]
	runtime delete --force "$ID"
	manager stop bats.slice
}

@test "a cgroupsPath that is not slice:prefix:name is an error that shows the form" {
	config '.linux.cgroupsPath = "/some/path"'
	in_container true
	expect_failure
	only_davit "says what it should look like"
	expect_in_output /some/path
	expect_in_output slice:prefix:name
}

@test "limits are systemd's own, and a daemon-reload leaves them" {
	needs_v2
	needs_controller memory cpu pids
	config '.linux.resources += {
		"memory": { "limit": 67108864, "reservation": 33554432, "swap": 100663296 },
		"cpu": { "quota": 20000, "period": 100000 },
		"pids": { "limit": 30 } }'
	args sleep 1000
	run_detached
	expect_property MemoryMax 67108864
	expect_property MemoryLow 33554432
	expect_property MemorySwapMax 33554432
	expect_property CPUQuotaPerSecUSec 200ms
	expect_property TasksMax 30
	manager daemon-reload
	cd "$(dirname_of_scope)"
	expect_file memory.max 67108864
	expect_file cpu.max '20000 100000'
	expect_file pids.max 30
}

# The scope's own directory, which may be above that of the container's processes.
dirname_of_scope ()
{
	cgroup_dir | sed "s|/$UNIT/.*|/$UNIT|"
}

@test "what unified says survives a daemon-reload too" {
	needs_v2
	needs_controller memory pids
	config '.linux.resources.unified = { "memory.high": "33554432", "pids.max": "25",
		"memory.max": "67108864" }'
	args sleep 1000
	run_detached
	manager daemon-reload
	cd "$(dirname_of_scope)"
	expect_file memory.high 33554432
	expect_file memory.max 67108864
	expect_file pids.max 25
}

@test "processors and memory nodes are systemd's too" {
	needs_controller cpuset
	config '.linux.resources.cpu = { "cpus": "0", "mems": "0" }'
	args sleep 1000
	run_detached
	expect_property AllowedCPUs 0
	expect_property AllowedMemoryNodes 0
}

@test "who is idle stays so after a daemon-reload" {
	needs_v2
	needs_controller cpu
	only_davit "and newer crun tell systemd"
	config '.linux.resources.cpu = { "idle": 1 }'
	args sleep 1000
	run_detached
	manager daemon-reload
	expect_file "$(dirname_of_scope)/cpu.idle" 1
	expect_property CPUWeight idle
	echo '{ "cpu": { "idle": 0 } }' >"$T/resources"
	runtime update --resources "$T/resources" "$ID"
	manager daemon-reload
	expect_file "$(dirname_of_scope)/cpu.idle" 0
}

@test "weights of processor time and of block I/O are systemd's too" {
	needs_v2
	needs_controller cpu
	config '.linux.resources += { "cpu": { "shares": 512 }, "blockIO": { "weight": 500 } }'
	! is_rootless || config 'del(.linux.resources.blockIO)'
	args sleep 1000
	run_detached
	expect_property CPUWeight "$(cat "$(dirname_of_scope)/cpu.weight")"
	is_rootless || expect_property IOWeight "$(sed 's/^default //' "$(dirname_of_scope)/io.weight")"
}

@test "update changes the unit's properties" {
	needs_v2
	needs_controller pids memory
	args sleep 1000
	run_detached
	runtime update --pids-limit 25 --memory 67108864 "$ID"
	expect_property TasksMax 25
	expect_property MemoryMax 67108864
	cd "$(dirname_of_scope)"
	expect_file pids.max 25
}

@test "a device that is allowed stays so after a daemon-reload" {
	needs_root "no device nodes can be made"
	config '.linux.devices = [
			{ "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "fileMode": 438 } ]
		| .process.capabilities[] += ["CAP_SYSLOG"]
		| .linux.resources.devices += [
			{ "allow": true, "type": "c", "major": 1, "minor": 11, "access": "rw" } ]'
	args sleep 1000
	run_detached
	runtime exec "$ID" dd if=/dev/kmsg of=/dev/null bs=8192 count=1
	systemctl daemon-reload
	runtime exec "$ID" dd if=/dev/kmsg of=/dev/null bs=8192 count=1
	run runtime exec "$ID" dd if=/dev/null of=/dev/null
	expect_status 0
}

@test "a device that is not allowed stays so after a daemon-reload" {
	needs_root "no device nodes can be made"
	config '.linux.devices = [
			{ "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11, "fileMode": 438 } ]
		| .process.capabilities[] += ["CAP_SYSLOG"]'
	args sleep 1000
	run_detached
	systemctl daemon-reload
	run runtime exec "$ID" dd if=/dev/kmsg of=/dev/null bs=8192 count=1
	expect_failure
	expect_in_output "Operation not permitted"
}

@test "org.systemd.property: annotations are properties of the scope" {
	config '.annotations = {
		"org.systemd.property.TimeoutStopUSec": "uint64 5000000",
		"org.systemd.property.CollectMode": "\u0027inactive-or-failed\u0027",
		"org.systemd.property.Description": "\u0027a container of the suite\u0027" }'
	args sleep 1000
	run_detached
	expect_property TimeoutStopUSec 5s
	expect_property CollectMode inactive-or-failed
	expect_property Description "a container of the suite"
}

@test "org.systemd.property: seconds become microseconds" {
	config '.annotations = { "org.systemd.property.TimeoutStopSec": "uint64 7" }'
	args sleep 1000
	run_detached
	expect_property TimeoutStopUSec 7s
}

@test "org.systemd.property: what is no property or no value is an error that names it" {
	config '.annotations = { "org.systemd.property.TimeoutStopUSec": "a few" }'
	in_container true
	expect_failure
	expect_in_output TimeoutStopUSec
	config '.annotations = { "org.systemd.property.NoSuchThing": "true" }'
	in_container true
	expect_failure
	expect_in_output NoSuchThing
}

@test "a failed unit of the same name is no obstacle" {
	local scope=(systemd-run --quiet --scope --unit="$UNIT" -p RuntimeMaxSec=1)
	! is_rootless || scope+=(--user)
	"${scope[@]}" sleep 1000 3>&- || true
	expect_property ActiveState failed
	in_container 'echo runs'
	expect_status 0
	expect_output runs
	wait_for 5 is_unit_gone
}

@test "an active unit of the same name is an error, and stays" {
	local scope=(systemd-run --quiet --scope --unit="$UNIT") sleeper
	! is_rootless || scope+=(--user)
	"${scope[@]}" sleep 1000 3>&- &
	sleeper=$!
	wait_for 5 is_unit_active
	in_container true
	expect_failure
	expect_in_output "$UNIT"
	is_unit_active
	manager stop "$UNIT"
	wait "$sleeper" || true
}

is_unit_active ()
{
	[ "$(manager show --value -p ActiveState "$UNIT")" = active ]
}

@test "a container that died for want of memory leaves no failed unit" {
	needs_controller memory
	config '.linux.resources.memory = { "limit": 16777216, "swap": 16777216 }'
	in_container 'dd if=/dev/zero of=/dev/null bs=64M count=1'
	expect_status 137
	wait_for 5 is_unit_gone
}

@test "a container that could not be created leaves no unit" {
	args /no/such/program
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_failure
	wait_for 5 is_unit_gone
}

# The scope's start has to wait for a unit that takes its time.
behind_a_slow_unit ()
{
	local start=(systemd-run --quiet --no-block --unit="bats-slow-$ID.service" -p Type=oneshot)
	only_davit "is asked not to wait for ever"
	! is_rootless || start+=(--user)
	"${start[@]}" sleep 1000
	config --arg slow "bats-slow-$ID.service" \
		'.annotations = { "org.systemd.property.After": "[\u0027\($slow)\u0027]" }'
}

waits_for_job ()
{
	manager list-jobs | grep -q "$UNIT .*waiting"
}

# expect_end_by_signal PID: SIGTERM ends it soon.
expect_end_by_signal ()
{
	local begin=$SECONDS failure=0
	kill -TERM "$1"
	wait "$1" || failure=$?
	[ "$failure" != 0 ]
	[ $((SECONDS - begin)) -lt 25 ]
}

@test "a signal ends the wait for the scope, and nothing of it comes later" {
	behind_a_slow_unit
	in_background "$RUNTIME" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	local pid=$!
	wait_for 10 waits_for_job
	expect_end_by_signal "$pid"
	wait_for 5 is_unit_gone
	manager stop "bats-slow-$ID.service"
}

@test "a scope that does not come is waited for in vain for 30 seconds, and not for ever" {
	behind_a_slow_unit
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_error "start the unit '$UNIT': wait for systemd: Connection timed out"
	wait_for 5 is_unit_gone
	manager stop "bats-slow-$ID.service"
}

@test "a signal ends the wait for a bus that says nothing" {
	only_davit "is asked not to wait for ever"
	socat "UNIX-LISTEN:$T/mute" EXEC:'sleep 1000' 3>&- &
	local mute=$! pid
	wait_for 5 test -S "$T/mute"
	if is_rootless; then
		export DBUS_SESSION_BUS_ADDRESS=unix:path=$T/mute XDG_RUNTIME_DIR=$T
	else
		export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/mute
	fi
	in_background "$RUNTIME" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
	pid=$!
	sleep 3
	kill -0 "$pid"
	expect_end_by_signal "$pid"
	kill "$mute" 2>/dev/null || true
	wait "$mute" || true
}

@test "systemctl stop ends the container" {
	args sleep 1000
	config '.annotations = { "org.systemd.property.TimeoutStopUSec": "uint64 1000000" }'
	run_detached
	manager stop "$UNIT"
	wait_until_stopped
	runtime delete "$ID"
}

subgroup ()
{
	only_davit "and crun know it"
	config --arg path "$1" '.annotations = { "run.oci.systemd.subgroup": $path }'
}

@test "run.oci.systemd.subgroup: the container is in a cgroup below its scope, with the same limits" {
	needs_v2
	needs_controller memory pids
	subgroup a/payload
	config '.linux.resources += { "memory": { "limit": 67108864 }, "pids": { "limit": 30 },
		"unified": { "memory.high": "50331648" } }'
	args sleep 1000
	run_detached
	[[ $(cgroup_dir) == */"$UNIT/a/payload" ]]
	expect_property MemoryMax 67108864
	expect_file "$(cgroup_dir)/memory.max" 67108864
	expect_file "$(cgroup_dir)/memory.high" 50331648
	[ -z "$(cat "$(dirname_of_scope)/cgroup.procs")" ]
	run runtime exec "$ID" cat /proc/self/cgroup
	expect_output 0::/
	runtime update --pids-limit 25 "$ID"
	expect_property TasksMax 25
	expect_file "$(cgroup_dir)/pids.max" 25
	runtime pause "$ID"
	expect_file "$(cgroup_dir)/cgroup.freeze" 1
	runtime resume "$ID"
	runtime delete --force "$ID"
	wait_for 5 is_unit_gone
}

@test "run.oci.systemd.subgroup: a container that could not be created leaves no unit" {
	needs_v2
	subgroup payload
	args /no/such/program
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_failure
	wait_for 5 is_unit_gone
}

@test "run.oci.systemd.subgroup: the empty one is none, and one elsewhere is an error" {
	needs_v2
	subgroup ''
	args sleep 1000
	run_detached
	[[ $(cgroup_dir) == */"$UNIT" ]]
	runtime delete --force "$ID"
	subgroup ../other
	in_container true
	expect_error run.oci.systemd.subgroup
}

@test "nothing of the runtime's stays in the scope" {
	args sleep 1000
	run_detached
	[ "$(cat "$(dirname_of_scope)"/cgroup.procs "$(cgroup_dir)"/cgroup.procs | sort -u)" = "$(container_pid)" ]
}

@test "a limit of one process, or of none, is for the container alone" {
	needs_v2
	needs_controller pids
	only_davit "takes 0 for a limit"
	config '.linux.resources.pids.limit = 1'
	in_container 'read -r max </sys/fs/cgroup/pids.max; echo "$max"'
	expect_status 0
	expect_output 1
	config '.linux.resources.pids.limit = 0'
	in_container 'read -r max </sys/fs/cgroup/pids.max; echo "$max"'
	expect_status 0
	expect_output 0
}

@test "a limit that systemd does not know: its controller is enabled all the same" {
	needs_v2
	needs_root "the controller is not delegated"
	grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers || skip "no cgroup controller 'hugetlb' here"
	config '.linux.resources.hugepageLimits = [ { "pageSize": "2MB", "limit": 4194304 } ]'
	in_container 'cat /sys/fs/cgroup/hugetlb.2MB.max'
	expect_output 4194304
}

@test "a quota that is no whole percent is rounded up for systemd, and exact in the file" {
	needs_v2
	needs_controller cpu
	only_davit "writes the file itself"
	config '.linux.resources.cpu = { "quota": 12345, "period": 100000 }'
	args sleep 1000
	run_detached
	expect_property CPUQuotaPerSecUSec 130ms
	cd "$(dirname_of_scope)"
	expect_file cpu.max '12345 100000'
}

@test "exec is in the scope" {
	args sleep 1000
	run_detached
	runtime exec --detach "$ID" sleep 1001
	runtime exec "$ID" true
	[ "$(wc -l <"$(cgroup_dir)/cgroup.procs")" = 2 ]
}

@test "pause, resume and delete of a scope" {
	args sleep 1000
	run_detached
	runtime pause "$ID"
	[ "$(container_status)" = paused ]
	runtime resume "$ID"
	is_running
	runtime pause "$ID"
	runtime delete --force "$ID"
	wait_for 5 is_unit_gone
}

@test "without systemd's bus the error says so" {
	only_davit "is asked for a clear one"
	args true
	if is_rootless; then
		export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent XDG_RUNTIME_DIR=$T
	else
		export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent
	fi
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_error systemd
	expect_in_output bus
	! is_rootless || expect_in_output "loginctl enable-linger"
}

@test "state says which unit it is" {
	only_davit "and crun say it"
	args sleep 1000
	run_detached
	[ "$(runtime state "$ID" | jq -r '."systemd-scope"')" = "$UNIT" ]
}
