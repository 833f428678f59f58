#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Bundles that make no sense or mean harm: refused with status 1 and a message that says where the
# fault is, with nothing left behind.

load load

# refused [POINTER]: create and run refuse the config, davit names the place in it.
refused ()
{
	local verb
	for verb in create run; do
		run quietly timeout 20 "$RUNTIME" --root "$ROOT" "$verb" --bundle "$BUNDLE" "$ID"
		expect_status 1
		[ -n "$output" ]
		if is_davit && [ $# -gt 0 ]; then
			expect_in_output "$1"
			[[ $output =~ config\.json:[0-9]+:\ $1 ]]
		fi
		nothing_is_left
	done
}

@test "a bundle that is missing is named" {
	run quietly runtime create --bundle "$T/nosuch" "$ID"
	expect_error nosuch
	nothing_is_left
}

@test "a bundle without config.json is refused, and the file is named" {
	rm "$BUNDLE/config.json"
	run create
	expect_error config.json
	nothing_is_left
}

@test "an empty config is refused" {
	: >"$BUNDLE/config.json"
	refused
}

@test "a config that ends early is refused with the line" {
	head -n 20 "$BUNDLE/config.json" >"$T/half"
	mv "$T/half" "$BUNDLE/config.json"
	refused
	is_davit || return 0
	[[ $output =~ config\.json:(19|20|21): ]]
}

@test "a config that is no JSON is refused with the line" {
	sed -i '5s/^/=/' "$BUNDLE/config.json"
	refused
	! is_davit || [[ $output =~ config\.json:5: ]]
}

@test "a config with something behind its end is refused" {
	only_davit "reads all of it"
	echo '{}' >>"$BUNDLE/config.json"
	refused
}

@test "a config that is a list, a string or a number is refused" {
	for text in '[]' '"x"' 1 true; do
		printf '%s\n' "$text" >"$BUNDLE/config.json"
		refused
	done
}

@test "a config that is a directory, a fifo or a device is refused, and does not hang" {
	rm "$BUNDLE/config.json"
	mkdir "$BUNDLE/config.json"
	refused
	rmdir "$BUNDLE/config.json"
	only_davit "looks before it reads"
	mkfifo "$BUNDLE/config.json"
	refused
	rm "$BUNDLE/config.json"
	ln -s /dev/zero "$BUNDLE/config.json"
	refused
}

@test "a value of the wrong type is refused with its line and pointer" {
	local change
	for change in '.process.args = "true" # /process/args' \
		'.process.args[0] = 1 # /process/args/0' \
		'.process.env = {} # /process/env' \
		'.process.user.uid = "0" # /process/user/uid' \
		'.process.terminal = "no" # /process/terminal' \
		'.root = "rootfs" # /root' \
		'.mounts = {} # /mounts' \
		'.mounts[0].destination = 1 # /mounts/0/destination' \
		'.mounts[1].options = "ro" # /mounts/1/options' \
		'.linux.namespaces = {} # /linux/namespaces' \
		'.linux.namespaces[2].type = 2 # /linux/namespaces/2/type' \
		'.linux.maskedPaths = "x" # /linux/maskedPaths' \
		'.hostname = [] # /hostname' \
		'.annotations = [] # /annotations'; do
		cp "$BUNDLE/config.json" "$T/good"
		config "${change% #*}"
		refused "${change#*# }"
		mv "$T/good" "$BUNDLE/config.json"
	done
}

@test "what is required and missing is named" {
	only_davit "asks for all that is required"
	local change
	for change in 'del(.process.cwd) # /process' \
		'del(.process.args) # /process' \
		'.process.args = [] # /process/args' \
		'del(.root.path) # /root' \
		'del(.ociVersion) # ' \
		'del(.mounts[3].destination) # /mounts/3' \
		'del(.linux.namespaces[0].type) # /linux/namespaces/0' \
		'.hooks = { "prestart": [ {} ] } # /hooks/prestart/0' \
		'.process.rlimits = [ { "type": "RLIMIT_CORE", "soft": 1 } ] # /process/rlimits/0'; do
		cp "$BUNDLE/config.json" "$T/good"
		config "${change% #*}"
		refused "${change#*# }"
		mv "$T/good" "$BUNDLE/config.json"
	done
}

@test "the line in a message is the line of the value" {
	only_davit "says lines"
	config '.process.user.uid = "0"'
	local line
	line=$(grep -n '"uid": "0"' "$BUNDLE/config.json" | cut -d: -f1)
	run create
	expect_error "config.json:$line: /process/user/uid"
}

@test "an unknown member is ignored, as the specification demands" {
	config '.nosuch = { "a": [ 1, null ] } | .process.nosuch = 1 | .linux.nosuch = true'
	in_container 'echo ran'
	expect_status 0
	expect_output ran
}

@test "what is for other platforms is passed over" {
	only_davit "and newer runc pass over all of it"
	config '.process.commandLine = "echo no" | .process.user.username = "ContainerUser"
		| .solaris = { "milestone": "svc:/x" } | .windows = { "layerFolders": [ "C:\\x" ] }
		| .vm = { "kernel": { "path": "/nosuch/kernel" } } | .zos = { "namespaces": [] }
		| .freebsd = { "jail": { "host": "new" } }'
	in_container 'echo $(id -u)'
	expect_status 0
	expect_output 0
}

@test "any version 1.x of the specification is accepted" {
	for version in 1.0.0 1.0.2-dev 1.1.0+dev 1.2.0 1.3.0; do
		config --arg version "$version" '.ociVersion = $version'
		in_container true
		expect_status 0
	done
}

@test "a root that is missing is named" {
	config '.root.path = "nosuchroot"'
	run create
	expect_error nosuchroot
	nothing_is_left
}

@test "a root that is a file is refused" {
	config '.root.path = "config.json"'
	refused
}

@test "the root may be an absolute path" {
	config --arg path "$BUNDLE/rootfs" '.root.path = $path'
	in_container 'echo ran'
	expect_output ran
}

@test "a mount that fails names its destination, and nothing is left" {
	config '.mounts += [ { "destination": "/data", "type": "nosuchfs", "source": "none" } ]'
	run create
	expect_error /data
	nothing_is_left
}

@test "an error deep in the container's setup leaves no control group, mount, process or state" {
	for change in '.mounts += [ { "destination": "/data", "type": "tmpfs", "options": [ "nosuchoption=1" ] } ]' \
		'.linux.sysctl = { "net.nosuch.key": "1" }' \
		'.process.args = [ "nosuchprogram" ]' \
		'.linux.namespaces[1].path = "/proc/1/ns/pid"' \
		'.process.rlimits = [ { "type": "RLIMIT_NOFILE", "soft": 2, "hard": 1 } ]' \
		'.linux.resources.memory = { "limit": 1, "swap": 1 }' \
		'.linux.resources.cpu = { "cpus": "4095" }' \
		'.hooks = { "createContainer": [ { "path": "/bin/false" } ] }'; do
		cp "$BUNDLE/config.json" "$T/good"
		config "$change"
		refused
		mv "$T/good" "$BUNDLE/config.json"
	done
}

@test "numbers beyond their type are refused, not wrapped around" {
	local change
	for change in '.process.user.uid = 4294967296 # /process/user/uid' \
		'.process.user.gid = -1 # /process/user/gid' \
		'.process.user.additionalGids = [ 4294967296 ] # /process/user/additionalGids/0' \
		'.process.user.umask = 4294967296 # /process/user/umask' \
		'.process.oomScoreAdj = 99999999999 # /process/oomScoreAdj' \
		'.linux.resources.cpu.shares = -1 # /linux/resources/cpu/shares' \
		'.process.rlimits[0].soft = -1 # /process/rlimits/0/soft'; do
		cp "$BUNDLE/config.json" "$T/good"
		config "${change% #*}"
		refused "${change#*# }"
		mv "$T/good" "$BUNDLE/config.json"
	done
}

@test "a string with a zero byte in it is refused" {
	only_davit "finds it; others pass on what comes before it"
	config '.process.args = [ "true\u0000false" ]'
	refused 'a string contains'
	args true
	config '.process.env += [ "A=\u0000" ]'
	refused 'a string contains'
}

@test "a config nested a hundred thousand deep is refused" {
	python3 -c 'print("{\"a\":" + "[" * 100000 + "]" * 100000 + "}")' >"$BUNDLE/config.json"
	run timeout 20 "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
	expect_status 1
	nothing_is_left
}

@test "64 KiB of id maps and a namespace path of 64 KiB do not get into anything else (SEC-09)" {
	config '.linux.namespaces += [ { "type": "user" } ]
		| .linux.uidMappings = [ range(5000) | { "containerID": ., "hostID": (100000 + .), "size": 1 } ]
		| .linux.gidMappings = [ { "containerID": 0, "hostID": 100000, "size": 65536 } ]'
	refused
	config '.linux.uidMappings = .linux.gidMappings
		| .linux.namespaces[1].path = "/" + ("a/" * 32768)'
	refused
}

@test "a large config with ten thousand variables works" {
	config '.process.env += [ range(10000) | "VARIABLE_\(.)=value" ]'
	args sh -c 'env | grep -c VARIABLE_'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	expect_output 10000
}

@test "an environment entry without = does not take the host's value (IMG-27)" {
	export SECRET=leaked
	config '.process.env += [ "SECRET" ]'
	args env
	run runtime run --bundle "$BUNDLE" "$ID"
	[[ $output != *leaked* ]]
}

@test "a state directory that can't be made is an error" {
	args true
	: >"$T/file"
	run "$RUNTIME" --root "$T/file/state" create --bundle "$BUNDLE" "$ID"
	expect_status 1
	nothing_is_left
}

@test "a class of service of resctrl is refused where there is no resctrl" {
	! grep -q ' resctrl ' /proc/self/mounts || skip 'the host has one'
	config '.linux.intelRdt = { "l3CacheSchema": "L3:0=f" }'
	refused /linux/intelRdt
	is_davit || return 0
	expect_in_output 'no resctrl file system is mounted'
	run runtime check --bundle "$BUNDLE"
	expect_in_output '/linux/intelRdt: warning: no resctrl file system is mounted'
	run runtime plan --bundle "$BUNDLE"
	expect_in_output 'make the resctrl group'
}

@test "an update of a class of service that the container does not have is refused" {
	args sleep 100
	run_detached
	run runtime update --mem-bw-schema MB:0=50 "$ID"
	expect_status 1
	is_davit || return 0
	expect_in_output 'no class of service'
}
