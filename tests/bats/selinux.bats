#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# SELinux labels: of processes, of file systems that are mounted, of the session keyring.

load load

PROCESS=system_u:system_r:container_t:s0:c1,c2
FILES=system_u:object_r:container_file_t:s0:c1,c2

setup ()
{
	make_container
}

has_selinux ()
{
	[ -e /sys/fs/selinux/enforce ]
}

# A bundle whose files the container may use, and its labels in the config.
label_container ()
{
	has_selinux || skip "this kernel runs without SELinux"
	chcon -R "$FILES" "$BUNDLE/rootfs"
	config --arg process "$PROCESS" --arg files "$FILES" \
		'.process.selinuxLabel = $process | .linux.mountLabel = $files'
}

@test "the program has the label from its first instruction" {
	label_container
	in_container 'cat /proc/self/attr/current'
	expect_status 0
	[ "$(tr -d '\0' <<<"$output")" = "$PROCESS" ]
}

@test "what the policy doesn't allow the label, it is denied" {
	label_container
	[ "$(cat /sys/fs/selinux/enforce)" = 1 ] || skip "SELinux only looks on"
	echo secret >"$BUNDLE/rootfs/secret"
	chcon system_u:object_r:shadow_t:s0 "$BUNDLE/rootfs/secret"
	in_container 'cat /secret'
	expect_failure
	expect_in_output "Permission denied"
}

@test "file systems made for the container have the mount label" {
	local place
	label_container
	args sleep 100
	run_detached
	for place in /dev /dev/shm /dev/pts; do
		grep " $place " "/proc/$(container_pid)/mountinfo" >"$T/line"
		grep -F "context=\"$FILES\"" "$T/line"
	done
	# one of message queues takes none for all of it; its root has it
	[ "$(stat -c %C "/proc/$(container_pid)/root/dev/mqueue")" = "$FILES" ]
}

@test "a bind mount keeps its files' labels" {
	label_container
	mkdir "$T/volume"
	chcon system_u:object_r:container_file_t:s0:c1 "$T/volume"
	config --arg volume "$T/volume" \
		'.mounts += [ { "destination": "/volume", "type": "bind", "source": $volume, "options": ["rbind"] } ]'
	in_container 'touch /volume/new && grep " /volume " /proc/self/mountinfo'
	expect_status 0
	[[ $output != *context=* ]]
	[ "$(stat -c %C "$T/volume")" = system_u:object_r:container_file_t:s0:c1 ]
}

@test "the kind of mount label is what run.oci.mount_context_type says" {
	label_container
	only_davit "and crun know this annotation"
	# not each policy lets everybody label the root of a devpts so
	config '.annotations = { "run.oci.mount_context_type": "rootcontext" } |
		.mounts |= map(select(.type != "devpts"))'
	in_container 'cat /proc/self/mountinfo'
	expect_in_output "rootcontext=\"$FILES\""
	config '.annotations = { "run.oci.mount_context_type": "nonsense" }'
	in_container true
	expect_failure
	expect_in_output nonsense
}

@test "the session keyring has the program's label" {
	label_container
	cp "$HELPERS/keylabel" "$BUNDLE/rootfs/bin/"
	chcon "$FILES" "$BUNDLE/rootfs/bin/keylabel"
	args keylabel
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_output "$PROCESS"
}

@test "exec: the container's label, unless it names another one" {
	local other=system_u:system_r:container_t:s0:c3
	label_container
	args sleep 1000
	run_detached
	run runtime exec "$ID" cat /proc/self/attr/current
	[ "$(tr -d '\0' <<<"$output")" = "$PROCESS" ]
	runtime delete --force "$ID"
	# Its files must be that label's too.
	chcon -R system_u:object_r:container_file_t:s0 "$BUNDLE/rootfs"
	run_detached
	run runtime exec --process-label "$other" "$ID" cat /proc/self/attr/current
	[ "$(tr -d '\0' <<<"$output")" = "$other" ]
}

@test "a label that the policy doesn't know is an error that names it" {
	label_container
	config '.process.selinuxLabel = "system_u:system_r:no_such_t:s0"'
	in_container 'echo it runs'
	expect_failure
	[[ $output != *"it runs"* ]]
	only_davit "names it"
	expect_in_output system_u:system_r:no_such_t:s0
}

@test "a mount label that the policy doesn't know is an error" {
	label_container
	config '.linux.mountLabel = "system_u:object_r:no_such_t:s0"'
	in_container 'echo it runs'
	expect_failure
	[[ $output != *"it runs"* ]]
}

@test "where SELinux is off, labels are an error that says so" {
	! has_selinux || skip "this kernel runs with SELinux"
	only_davit "and runc refuse"
	config --arg process "$PROCESS" '.process.selinuxLabel = $process'
	in_container 'echo it runs'
	expect_failure
	[[ ${output,,} == *selinux* ]]
	[[ $output != *"it runs"* ]]
	config --arg files "$FILES" 'del(.process.selinuxLabel) | .linux.mountLabel = $files'
	in_container 'echo it runs'
	expect_failure
	[[ ${output,,} == *selinux* ]]
}
