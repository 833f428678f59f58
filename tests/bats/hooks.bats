#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The six kinds of hooks: when they run, what they are told, and what comes of one that fails.

load load

KINDS='prestart createRuntime createContainer startContainer poststart poststop'

# hook KIND SCRIPT [JSON]: adds a hook of this kind that is a shell script; JSON holds other members.
hook ()
{
	config --arg kind "$1" --arg script "$2" --argjson more "${3:-"{}"}" \
		'.hooks[$kind] += [ { "path": "/bin/sh", "args": [ "sh", "-c", $script ] } + $more ]'
}

# A hook of each kind that adds a line to the file `order`. startContainer's runs in the container.
hooks_of_all_kinds ()
{
	local kind
	for kind in $KINDS; do
		[ "$kind" = startContainer ] || hook "$kind" "echo $kind >>$T/order"
	done
	config --arg dir "$T" '.mounts += [ { "destination": "/order", "source": $dir, "options": [ "bind" ] } ]'
	hook startContainer 'echo startContainer >>/order/order'
}

# wait_for_line N: until the file `order` has so many lines.
wait_for_line ()
{
	wait_for 5 line_is_there "$1"
}

line_is_there ()
{
	[ "$(grep -cs . "$T/order")" -ge "$1" ]
}

@test "the hooks of all kinds run in their order around create, start and delete" {
	hooks_of_all_kinds
	args sh -c 'echo program >>/order/order; sleep 100'
	create
	# runc before 1.5 runs poststart at create
	is_davit || sed -i /poststart/d "$T/order"
	expect_file "$T/order" "$(printf 'prestart\ncreateRuntime\ncreateContainer')"
	is_davit || echo poststart >>"$T/order"
	runtime start "$ID"
	wait_for_line 6
	expect_file <(sort "$T/order") \
		"$(printf '%s\n' prestart createRuntime createContainer startContainer program poststart | sort)"
	! is_davit || [ "$(sed -n 4p "$T/order")" = startContainer ]
	runtime delete --force "$ID"
	expect_file <(tail -n 1 "$T/order") poststop
	[ "$(wc -l <"$T/order")" = 7 ]
}

@test "the hooks of all kinds run in their order around run" {
	hooks_of_all_kinds
	args sh -c 'echo program >>/order/order; sleep 0.3'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[ "$(wc -l <"$T/order")" = 7 ]
	# runc before 1.5 runs poststart too early
	is_davit || sed -i /poststart/d "$T/order"
	expect_file <(head -n 4 "$T/order") "$(printf 'prestart\ncreateRuntime\ncreateContainer\nstartContainer')"
	expect_file <(tail -n 1 "$T/order") poststop
}

@test "hooks of one kind run in the order of the config" {
	for n in 1 2 3 4 5; do
		hook createRuntime "echo $n >>$T/order"
	done
	in_container true
	expect_file "$T/order" "$(printf '1\n2\n3\n4\n5')"
}

@test "poststart runs after the program was executed, and not at create" {
	only_davit "and runc since 1.5 run it at start"
	hook poststart "readlink /proc/\$(jq -r .pid)/exe >$T/order"
	args sleep 100
	create
	[ ! -e "$T/order" ]
	runtime start "$ID"
	expect_file "$T/order" "$BUNDLE/rootfs/bin/busybox" || expect_file "$T/order" /bin/busybox
}

@test "every hook is told the container's state on standard input" {
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook "$kind" "cat >$T/$kind"
	done
	config --arg dir "$T" '.mounts += [ { "destination": "/told", "source": $dir, "options": [ "bind" ] } ]'
	hook startContainer 'cat >/told/startContainer'
	config '.annotations = { "org.example.key": "value" }'
	args sleep 0.3
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	for kind in $KINDS; do
		[ "$(jq -r .id "$T/$kind")" = "$ID" ]
		[ "$(jq -r .bundle "$T/$kind")" = "$BUNDLE" ]
		[ "$(jq -r '.annotations["org.example.key"]' "$T/$kind")" = value ]
		[[ $(jq -r .ociVersion "$T/$kind") == 1.* ]]
	done
}

@test "the status that hooks are told is the container's at that time" {
	local kind
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook "$kind" "cat >$T/$kind"
	done
	config --arg dir "$T" '.mounts += [ { "destination": "/told", "source": $dir, "options": [ "bind" ] } ]'
	hook startContainer 'cat >/told/startContainer'
	args sleep 0.3
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[ "$(jq -r .status "$T/prestart")" = creating ]
	[ "$(jq -r .status "$T/createRuntime")" = creating ]
	[ "$(jq -r .status "$T/createContainer")" = creating ]
	[ "$(jq -r .status "$T/startContainer")" = created ]
	! is_davit || [ "$(jq -r .status "$T/poststart")" = running ]
	[ "$(jq -r .status "$T/poststop")" = stopped ]
}

@test "the pid that hooks of the runtime are told is the container's first process" {
	for kind in prestart createRuntime; do
		hook "$kind" "awk '/^NSpid/ { print \$NF }' /proc/\$(jq -r .pid)/status >>$T/order"
	done
	in_container true
	expect_file "$T/order" "$(printf '1\n1')"
}

@test "a state may be ignored by the hook" {
	hook createRuntime true
	hook createContainer 'exec <&-'
	in_container true
	expect_status 0
}

@test "hooks of the runtime run in the host's namespaces, createContainer's in the container's" {
	hook prestart "readlink /proc/self/ns/mnt >>$T/order"
	hook createRuntime "readlink /proc/self/ns/mnt >>$T/order"
	hook createContainer "readlink /proc/self/ns/mnt >>$T/order; readlink /proc/self/ns/net >>$T/order"
	hook poststop "readlink /proc/self/ns/mnt >>$T/order"
	in_container 'readlink /proc/self/ns/net'
	local here
	here=$(readlink /proc/self/ns/mnt)
	[ "$(sed -n 1p "$T/order")" = "$here" ]
	[ "$(sed -n 2p "$T/order")" = "$here" ]
	[ "$(sed -n 3p "$T/order")" != "$here" ]
	[ "$(sed -n 4p "$T/order")" = "$output" ]
	[ "$(sed -n 5p "$T/order")" = "$here" ]
}

@test "the mounts of the config are there when hooks of the runtime run, and the root is still the host's" {
	config --arg dir "$T" '.mounts += [ { "destination": "/volume", "source": $dir, "options": [ "bind" ] } ]'
	echo mark >"$T/mark"
	hook createContainer "cat $BUNDLE/rootfs/volume/mark >$T/order"
	hook createRuntime "cat /proc/\$(jq -r .pid)/root$BUNDLE/rootfs/volume/mark >$T/order2"
	in_container true
	expect_status 0
	expect_file "$T/order" mark
	expect_file "$T/order2" mark
}

@test "startContainer hooks run in the container" {
	hook startContainer '{ readlink /proc/self/ns/mnt; hostname; ls /bin/busybox; } >/tmp/told'
	in_container 'readlink /proc/self/ns/mnt'
	expect_status 0
	expect_file "$BUNDLE/rootfs/tmp/told" "$(printf '%s\ncontainer\n/bin/busybox' "$output")"
}

@test "a hook has just the environment that the config gives it" {
	hook createRuntime "tr '\\0' '\\n' </proc/self/environ >$T/order" '{ "env": [ "A=1", "B=two words" ] }'
	export LEAK=1
	in_container true
	expect_file "$T/order" "$(printf 'A=1\nB=two words')"
}

@test "a hook has just the arguments that the config gives it" {
	config --arg out "$T/order" '.hooks.createRuntime = [ { "path": "/bin/sh",
		"args": [ "name of its own", "-c", "printf \"%s\\n\" \"$0\" \"$@\" >\($out); head -c 15 /proc/$$/cmdline >>\($out)", "zero", "", "two words" ] } ]'
	in_container true
	expect_file "$T/order" "$(printf 'zero\n\ntwo words\nname of its own')"
}

@test "hooks of each kind have the path, arguments, environment and timeout of the config" {
	local kind
	config --arg dir "$T" '.mounts += [ { "destination": $dir, "source": $dir, "options": [ "bind" ] } ]'
	cp /bin/busybox "$T/busybox"
	for kind in $KINDS; do
		config --arg kind "$kind" --arg dir "$T" '.hooks[$kind] = [ { "path": "\($dir)/busybox",
			"args": [ "sh", "-c", "{ echo \"$0\" \"$1\" \"$OWN\"; export -p; } >\($dir)/told-\($kind)", "zero-\($kind)", "one" ],
			"env": [ "OWN=of \($kind)" ], "timeout": 30 } ]'
	done
	export LEAK=1
	args sleep 0.3
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_status 0
	for kind in $KINDS; do
		[ "$(head -n 1 "$T/told-$kind")" = "zero-$kind one of $kind" ]
		run ! grep LEAK "$T/told-$kind"
	done
	# what takes longer is killed, and fails
	for kind in $KINDS; do
		config --arg kind "$kind" --arg dir "$T" '.hooks = { ($kind): [ {
			"path": "\($dir)/busybox", "args": [ "sleep", "60" ], "timeout": 1 } ] }'
		local begin=$SECONDS
		run runtime run --bundle "$BUNDLE" "$ID"
		[ $((SECONDS - begin)) -lt 30 ]
		! is_davit || expect_in_output "/hooks/$kind/0"
		# poststop hooks are warned of
		[ "$kind" = poststop ] || expect_status 1
		nothing_is_left
	done
}

@test "a failing hook before the program fails create, is named with its status, and nothing is left" {
	for kind in prestart createRuntime createContainer; do
		config 'del(.hooks)'
		hook "$kind" 'echo complaint >&2; exit 37'
		args true
		run create
		expect_error 37
		expect_in_output "$(is_davit && echo "$kind" || echo hook)"
		nothing_is_left
		run runtime run --bundle "$BUNDLE" "$ID"
		expect_error 37
		nothing_is_left
	done
}

@test "what a failing hook wrote to standard error is in the message" {
	hook createRuntime 'echo the complaint of the hook >&2; exit 1'
	in_container true
	expect_error 'the complaint of the hook'
	nothing_is_left
}

@test "after a failing hook the poststop hooks run, and no other" {
	only_davit "and newer runc run them"
	hook createRuntime 'exit 1'
	for kind in createContainer startContainer poststart poststop; do
		hook "$kind" "echo $kind >>$T/order"
	done
	in_container true
	expect_status 1
	expect_file "$T/order" poststop
}

@test "a failing startContainer hook fails start, and the program does not run" {
	hook startContainer 'exit 38'
	args sh -c 'echo ran'
	create
	run runtime start "$ID"
	is_davit && expect_error 38
	wait_until_stopped
	expect_file "$T/out" ''
	runtime delete --force "$ID"
}

@test "a failing startContainer hook fails run, and nothing is left" {
	hook startContainer 'exit 38'
	in_container 'echo ran'
	expect_failure
	[[ $output != *ran* ]]
	nothing_is_left
}

@test "a failing poststart hook stops the container" {
	only_davit "and newer runc stop it"
	hook poststart 'exit 39'
	hook poststop "echo poststop >>$T/order"
	args sleep 100
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_error 39
	nothing_is_left
	expect_file "$T/order" poststop
}

@test "a failing poststart hook of start stops the container" {
	only_davit "and newer runc stop it"
	hook poststart 'exit 39'
	args sleep 100
	create
	run runtime start "$ID"
	expect_error 39
	wait_until_stopped
	runtime delete "$ID"
}

@test "a failing poststop hook is warned of, and the others run" {
	hook poststop 'exit 40'
	hook poststop "echo second >>$T/order"
	in_container true
	expect_status 0
	# runc 1.1 stops at the one that fails, and says nothing
	! is_davit || expect_file "$T/order" second
	! is_davit || expect_in_output 40
	nothing_is_left
}

@test "a hook killed by a signal fails create" {
	hook createRuntime 'kill -KILL $$'
	in_container true
	expect_status 1
	nothing_is_left
}

@test "a hook that takes longer than its timeout is killed, and create fails" {
	hook createRuntime "exec tail -f $BUNDLE/config.json" '{ "timeout": 1 }'
	local begin=$SECONDS
	in_container true
	expect_status 1
	[ $((SECONDS - begin)) -lt 10 ]
	wait_for 2 nothing_is_left
}

@test "what a hook has started is killed with it after its timeout" {
	only_davit "kills all of it, and does not wait for its output"
	hook createRuntime "tail -f $BUNDLE/config.json & tail -f $BUNDLE/config.json" '{ "timeout": 1 }'
	local begin=$SECONDS
	in_container true
	expect_status 1
	[ $((SECONDS - begin)) -lt 10 ]
	wait_for 2 nothing_is_left
}

@test "a hook with a timeout that is not reached is fine" {
	hook createRuntime "echo ran >$T/order" '{ "timeout": 10 }'
	in_container true
	expect_status 0
	expect_file "$T/order" ran
}

@test "a hook that is missing or not executable fails create, and is named" {
	config '.hooks.createRuntime = [ { "path": "/nosuch/hook" } ]'
	in_container true
	expect_error /nosuch/hook
	nothing_is_left
	config --arg path "$BUNDLE/config.json" '.hooks.createRuntime = [ { "path": $path } ]'
	in_container true
	expect_error config.json
	nothing_is_left
}

@test "a relative hook path and a timeout that is not positive are refused" {
	only_davit "checks them before anything is done"
	config '.hooks.createRuntime = [ { "path": "bin/true" } ]'
	in_container true
	expect_error /hooks/createRuntime/0
	config '.hooks.createRuntime = [ { "path": "/bin/true", "timeout": 0 } ]'
	in_container true
	expect_error /hooks/createRuntime/0
	config '.hooks.createRuntime = [ { "path": "/bin/true", "timeout": -1 } ]'
	in_container true
	expect_error /hooks/createRuntime/0
}

@test "a hook gets no file descriptor but the three" {
	# the shell lists the directory through one of its own, 3 at the lowest
	hook createRuntime "set -- /proc/self/fd/*; echo \$# >$T/order"
	exec 5<"$BUNDLE/config.json"
	in_container true
	expect_status 0
	[ "$(cat "$T/order")" -le 4 ]
}

# More than a pipe holds, so that the hook has surely gone before all of it is written.
large_state ()
{
	local large
	large=$(head -c 100000 /dev/zero | tr '\0' x)
	config --rawfile large <(printf %s "$large") '.annotations = { "org.example.large": $large }'
}

@test "a hook that does not read its state does no harm to a run that fails" {
	large_state
	hook prestart true
	hook poststop true
	hook createRuntime 'echo refused; exit 7'
	run runtime run --bundle "$BUNDLE" "$ID"
	expect_error refused
	! is_davit || expect_status 1
	nothing_is_left
}

@test "a hook that does not read its state does no harm to the program" {
	large_state
	hook createContainer true
	hook startContainer true
	# the first process of a pid namespace would be safe from the signal
	config 'del(.linux.namespaces[] | select(.type == "pid"))'
	in_container 'echo ran'
	expect_status 0
	expect_output ran
}
