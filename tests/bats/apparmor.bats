#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# AppArmor profiles: of the container's program and of those that exec brings in.

load load

setup ()
{
	needs_root "profiles are loaded by root"
	make_container
}

needs_apparmor ()
{
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] ||
		skip "this kernel runs without AppArmor"
}

# load_profile NAME RULE: a profile that allows all, and has a rule of its own.
load_profile ()
{
	apparmor_parser --replace --skip-cache <<-PROFILE
		profile $1 flags=(attach_disconnected, mediate_deleted) {
			capability, file, mount, umount, network, signal, ptrace, unix,
			$2
		}
	PROFILE
	PROFILES+=("$1")
}

teardown ()
{
	local profile
	leave_nothing
	for profile in "${PROFILES[@]}"; do
		echo "profile $profile {}" | apparmor_parser --remove
	done
}

@test "the program is confined by the profile from its first instruction" {
	needs_apparmor
	load_profile "$ID" 'deny /secret r,'
	echo secret >"$BUNDLE/rootfs/secret"
	config --arg profile "$ID" '.process.apparmorProfile = $profile'
	in_container 'cat /proc/self/attr/current; cat /secret'
	expect_failure
	expect_in_output "$ID (enforce)"
	expect_in_output "can't open '/secret': Permission denied"
}

@test "without a profile nothing is confined" {
	needs_apparmor
	config 'del(.process.apparmorProfile)'
	in_container 'cat /proc/self/attr/current'
	expect_output unconfined
}

@test "a profile in complain mode is one" {
	needs_apparmor
	echo "profile $ID flags=(complain, attach_disconnected) {}" | apparmor_parser --replace --skip-cache
	PROFILES+=("$ID")
	config --arg profile "$ID" '.process.apparmorProfile = $profile'
	in_container 'cat /proc/self/attr/current'
	expect_in_output "$ID (complain)"
}

@test "it is set without no_new_privs too" {
	needs_apparmor
	load_profile "$ID" ''
	config --arg profile "$ID" '.process.apparmorProfile = $profile | .process.noNewPrivileges = false'
	in_container 'cat /proc/self/attr/current'
	expect_output "$ID (enforce)"
}

@test "exec: the container's profile, unless it names another one" {
	needs_apparmor
	load_profile "$ID" ''
	load_profile "$ID-exec" ''
	config --arg profile "$ID" '.process.apparmorProfile = $profile'
	args sleep 1000
	run_detached
	run runtime exec "$ID" cat /proc/self/attr/current
	expect_output "$ID (enforce)"
	run runtime exec --apparmor "$ID-exec" "$ID" cat /proc/self/attr/current
	expect_output "$ID-exec (enforce)"
	jq --arg profile "$ID-exec" '.process | .args = ["cat", "/proc/self/attr/current"]
		| .apparmorProfile = $profile' "$BUNDLE/config.json" >"$T/process.json"
	run runtime exec --process "$T/process.json" "$ID"
	expect_output "$ID-exec (enforce)"
}

@test "a profile that is not loaded is an error that names it" {
	needs_apparmor
	config --arg profile "$ID-missing" '.process.apparmorProfile = $profile'
	in_container 'echo it runs'
	expect_failure
	expect_in_output "$ID-missing"
	[[ $output != *"it runs"* ]]
}

@test "where AppArmor is off, a profile is an error, and unconfined is none" {
	[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ] ||
		skip "this kernel runs with AppArmor"
	config '.process.apparmorProfile = "some-profile"'
	in_container 'echo it runs'
	expect_failure
	[[ ${output,,} == *apparmor* ]]
	[[ $output != *"it runs"* ]]
	only_davit "takes unconfined for what it is"
	config '.process.apparmorProfile = "unconfined"'
	in_container 'echo it runs'
	expect_output "it runs"
}
