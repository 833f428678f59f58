#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What is not about one container: list, spec, features, version, help, and the options before a command.

load load

two_containers ()
{
	args sleep 100
	create
	quietly runtime run --detach --bundle "$BUNDLE" "$ID-b"
}

@test "list shows a table with the columns that runc has" {
	two_containers
	run runtime list
	expect_status 0
	[[ ${lines[0]} =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER ]]
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[1]} =~ ^$ID\ +$(container_pid)\ +created\ +$BUNDLE\ +20[^\ ]+Z\ +root ]]
	[[ ${lines[2]} =~ ^$ID-b\ +$(container_pid "$ID-b")\ +running\ +$BUNDLE\ +20[^\ ]+Z\ +root ]]
}

@test "list --quiet shows the ids alone" {
	two_containers
	for option in --quiet -q; do
		run runtime list "$option"
		expect_status 0
		expect_output "$(printf '%s\n%s-b' "$ID" "$ID")"
	done
}

@test "list --format json is a list of what state shows" {
	two_containers
	for option in '--format json' '-f json' --format=json; do
		# shellcheck disable=SC2086 # two words
		run --separate-stderr runtime list $option
		expect_status 0
		[ "$(jq -r 'map("\(.id) \(.status)") | join(",")' <<<"$output")" = "$ID created,$ID-b running" ]
		[ "$(jq 'map(has("ociVersion") and has("pid") and has("bundle") and has("rootfs") and has("created")
			and has("owner")) | all' <<<"$output")" = true ]
	done
}

@test "list is empty when there is no container" {
	mkdir "$ROOT"
	run runtime list --quiet
	expect_status 0
	expect_output ''
	run runtime list
	[ "${#lines[@]}" = 1 ]
	run runtime list --format json
	expect_status 0
	[ "$(jq length <<<"$output")" = 0 ]
}

@test "list of a state directory that was named and is not there is an error" {
	only_davit "and runc since 1.5 say so"
	run runtime list
	expect_status 1
}

@test "list with an unknown format fails" {
	mkdir "$ROOT"
	run runtime list --format xml
	expect_failure
}

@test "a stopped container is in the list" {
	args true
	run_detached
	wait_until_stopped
	run runtime list
	[[ ${lines[1]} =~ ^$ID\ +0\ +stopped\  ]]
}

@test "two state directories know nothing of each other" {
	args sleep 100
	create
	run "$RUNTIME" --root "$T/other" state "$ID"
	expect_error 'does not exist'
}

@test "spec writes a config that can be run" {
	rm "$BUNDLE/config.json"
	runtime spec --bundle "$BUNDLE"
	[ "$(jq -r '.process.args[0]' "$BUNDLE/config.json")" = sh ]
	[ "$(jq -r .process.terminal "$BUNDLE/config.json")" = true ]
	[ "$(jq -r .root.readonly "$BUNDLE/config.json")" = true ]
	config '.process.terminal = false'
	in_container 'echo ran'
	expect_status 0
	expect_output ran
}

@test "spec writes to the current directory when no bundle is named" {
	mkdir "$T/new"
	cd "$T/new"
	runtime spec
	jq -e .ociVersion config.json
}

@test "spec does not overwrite a config" {
	local before
	before=$(sha256sum <"$BUNDLE/config.json")
	run runtime spec --bundle "$BUNDLE"
	expect_error config.json
	[ "$(sha256sum <"$BUNDLE/config.json")" = "$before" ]
}

@test "spec --rootless writes a config with a user namespace that maps the caller" {
	rm "$BUNDLE/config.json"
	runtime spec --rootless --bundle "$BUNDLE"
	[ "$(jq '[.linux.namespaces[].type] | index("user") != null' "$BUNDLE/config.json")" = true ]
	[ "$(jq '[.linux.namespaces[].type] | index("network")' "$BUNDLE/config.json")" = null ]
	[ "$(jq -r '.linux.uidMappings[0].hostID' "$BUNDLE/config.json")" = "$(id -u)" ]
	[ "$(jq '.linux.resources // null' "$BUNDLE/config.json")" = null ]
	config '.process.terminal = false'
	in_container 'echo ran'
	expect_status 0
	expect_output ran
}

@test "features is JSON that says what the specification asks for" {
	run --separate-stderr runtime features
	expect_status 0
	expect_errors ''
	[ "$(jq -r .ociVersionMin <<<"$output")" = 1.0.0 ]
	[[ $(jq -r .ociVersionMax <<<"$output") == 1.* ]]
	[ "$(jq -r '.hooks | join(" ")' <<<"$output")" = 'prestart createRuntime createContainer startContainer poststart poststop' ]
	[ "$(jq '.mountOptions | index("bind") != null and index("rro") != null' <<<"$output")" = true ]
	[ "$(jq '.linux.namespaces | index("pid") != null and index("user") != null' <<<"$output")" = true ]
	[ "$(jq '.linux.capabilities | index("CAP_SYS_ADMIN") != null' <<<"$output")" = true ]
	[ "$(jq '.linux.cgroup.v1 and .linux.cgroup.v2' <<<"$output")" = true ]
}

@test "features of the specification 1.3 are all told" {
	only_davit "and newer runc have them"
	run --separate-stderr runtime features
	[ "$(jq -r .ociVersionMax <<<"$output")" = 1.3.0 ]
	[ "$(jq '.linux.namespaces | length' <<<"$output")" = 8 ]
	[ "$(jq '[.linux.seccomp.knownFlags, .linux.seccomp.supportedFlags, .linux.intelRdt.enabled,
		.linux.mountExtensions.idmap.enabled, .linux.netDevices.enabled, .potentiallyUnsafeConfigAnnotations]
		| map(. != null) | all' <<<"$output")" = true ]
	# no member that the specification does not know
	[ "$(jq 'keys - [ "ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations",
		"potentiallyUnsafeConfigAnnotations" ] | length' <<<"$output")" = 0 ]
}

@test "every mount option that features lists is taken by a mount" {
	only_davit "is held to its word here"
	local option
	for option in $("$RUNTIME" features | jq -r '.mountOptions[]'); do
		case $option in
		# these need something of their own
		idmap | ridmap | tmpcopyup) continue ;;
		esac
		config --arg option "$option" --arg dir "$T" '.mounts |= map(select(.destination != "/volume"))
			| .mounts += [ { "destination": "/volume", "source": $dir, "options": [ "bind", $option ] } ]'
		in_container true
		[ "$status" = 0 ] || {
			echo "$option: $output"
			# a kernel may lack one; that it was not known is another matter
			[[ $output == *'not supported'* || $output == *'Operation not'* ]]
		}
	done
}

@test "--version has at least the three lines that engines read" {
	for option in --version -v; do
		run "$RUNTIME" "$option"
		expect_status 0
		[[ ${lines[0]} =~ ^(davit|runc)\ version\ [0-9]+\.[0-9]+ ]]
		[[ ${lines[1]} =~ ^commit:\ . ]]
		[[ ${lines[2]} =~ ^spec:\ 1\.[0-9]+ ]]
	done
}

@test "help is shown for the whole and for each command" {
	local verb
	for option in --help -h help; do
		run "$RUNTIME" "$option"
		expect_status 0
		for verb in create delete features kill list run spec start state; do
			expect_in_output "$verb"
		done
	done
	for verb in create delete features kill list run spec start state; do
		run "$RUNTIME" "$verb" --help
		expect_status 0
		expect_in_output "$verb"
	done
}

@test "help COMMAND is what COMMAND --help says, and so is -h, -? and --usage" {
	only_davit "takes them all"
	local verb option said
	for verb in create exec update; do
		said=$("$RUNTIME" "$verb" --help)
		for option in -h '-?' --usage; do
			run "$RUNTIME" "$verb" "$option"
			expect_status 0
			expect_output "$said"
		done
		for option in help h; do
			run "$RUNTIME" "$option" "$verb"
			expect_status 0
			expect_output "$said"
		done
	done
	run "$RUNTIME" help nosuchcommand
	expect_error nosuchcommand
}

@test "options with a single dash, as containerd writes some, and with a value that is apart" {
	args true
	run "$RUNTIME" -root "$ROOT" -log "$T/log" -log-format=json -debug=false run -bundle "$BUNDLE" \
		-no-subreaper -no-pivot=false -pid-file="$T/pid" "$ID"
	expect_status 0
	[ -s "$T/pid" ]
}

@test "called by a name that stands for a handler of crun's, it does not run something else" {
	only_davit "and crun know them"
	local name
	args true
	for name in krun crun-wasm; do
		ln -s "$RUNTIME" "$T/$name"
		run "$T/$name" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
		expect_error "called as '$name'"
		run "$T/$name" --version
		expect_status 0
	done
	ln -s "$RUNTIME" "$T/crun"
	run "$T/crun" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
	expect_status 0
}

@test "an unknown command and an unknown option are refused" {
	run "$RUNTIME" nosuchcommand
	expect_failure
	run "$RUNTIME" --nosuch-option list
	expect_failure
	run runtime list --nosuch-option
	expect_failure
	run runtime list --format
	expect_failure
}

@test "an option that is not there yet is not taken for something else" {
	run runtime kill --nosuch "$ID" KILL
	expect_failure
	[[ $output != *'does not exist'* ]]
}

@test "the state directory is made when it is missing, with its parents" {
	args sleep 100
	ROOT=$T/a/b/state
	create
	is_running || [ "$(container_status)" = created ]
}

@test "a relative state directory is meant from where the runtime was called" {
	args sleep 100
	cd "$T"
	quietly "$RUNTIME" --root state create --bundle "$BUNDLE" "$ID"
	[ "$(container_status)" = created ]
}

@test "--systemd-cgroup on a host without systemd is refused, and nothing is left" {
	[ ! -d /run/systemd/system ] || skip 'this host has systemd'
	args true
	run quietly runtime --systemd-cgroup create --bundle "$BUNDLE" "$ID"
	expect_error systemd
	nothing_is_left
}

@test "--rootless takes true, false and auto" {
	args true
	for value in false auto 0; do
		run runtime "--rootless=$value" run --bundle "$BUNDLE" "$ID"
		expect_status 0
	done
	run runtime --rootless=perhaps run --bundle "$BUNDLE" "$ID"
	expect_failure
}

@test "--criu, which older engines pass, does no harm" {
	only_davit "accepts it although it has no use for it"
	run runtime --criu /usr/sbin/criu list
	mkdir -p "$ROOT"
	run runtime --criu /usr/sbin/criu list
	expect_status 0
}

@test "--no-pivot and --no-new-keyring and --no-subreaper give a container too" {
	args echo ran
	for option in --no-pivot --no-new-keyring --no-subreaper; do
		run runtime run "$option" --bundle "$BUNDLE" "$ID"
		expect_status 0
		expect_output ran
	done
}

@test "--config names another file than config.json" {
	only_davit "and crun have it"
	args echo other
	mv "$BUNDLE/config.json" "$T/other.json"
	run runtime run --config "$T/other.json" --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_output other
}

@test "standard output that can't be written is an error" {
	only_davit "notices a full disk"
	run bash -c '"$@" >/dev/full' - "$RUNTIME" features
	expect_failure
	run bash -c '"$@" >/dev/full' - "$RUNTIME" --version
	expect_failure
}
