#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Where errors go, and in which form: what engines read to learn what went wrong.

load load

@test "with --log the error goes both to the log and to standard error" {
	run --separate-stderr runtime --log "$T/log" state nobody
	expect_status 1
	expect_output ''
	[[ $stderr == *'container does not exist'* ]]
	grep -q 'container does not exist' "$T/log"
}

@test "an entry of a text log is logfmt with time, level and msg" {
	run runtime --log "$T/log" state nobody
	[[ $(cat "$T/log") =~ ^time=\"[-0-9T:+Z]+\"\ level=error\ msg=\"[^\"]*container\ does\ not\ exist[^\"]*\"$ ]]
}

@test "a failed create leaves just one JSON object in a JSON log" {
	args nosuchprogram
	run --separate-stderr runtime --log "$T/log" --log-format json create --bundle "$BUNDLE" "$ID"
	expect_status 1
	[ "$(jq -s length "$T/log")" = 1 ]
	[ "$(jq -r 'keys | join(" ")' "$T/log")" = 'level msg time' ]
	[ "$(jq -r .level "$T/log")" = error ]
	[[ $(jq -r .msg "$T/log") == *'executable file not found in $PATH'* ]]
	[[ $(jq -r .time "$T/log") =~ ^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\.[0-9]+)?(Z|[+-][0-9:]+)$ ]]
	[[ $stderr == *'executable file not found in $PATH'* ]]
}

# fails_in_one_object WORD...: the command fails, its message is on standard error, and is the one object
# in the log. Podman takes the whole log for it, containerd the last of level error.
fails_in_one_object ()
{
	rm -f "$T/log"
	run --separate-stderr runtime --log "$T/log" --log-format json "$@" </dev/null
	expect_failure
	printf '%s:\n%s\nin the log:\n%s\n' "$*" "$stderr" "$(cat "$T/log")"
	[ "$(jq -s length "$T/log")" = 1 ]
	[ "$(jq -r .level "$T/log")" = error ]
	[ "$(jq -r .msg "$T/log")" = "$stderr" ]
}

@test "whatever fails, its message is on standard error and the one object of a JSON log" {
	only_davit "has these words"
	local command
	args sleep 1000
	run_detached
	# shellcheck disable=SC2086 # a command is several words
	for command in start pause kill delete exec state ps update events resume "exec -d" "kill --all" \
		"events --stats" "ps --format json"; do
		fails_in_one_object $command nosuch sh
		fails_in_one_object $command --nosuchoption "$ID"
	done
	# shellcheck disable=SC2086
	for command in nosuchcommand "create $ID" "run $ID" "create a/b" "start $ID" "delete $ID" \
		"resume $ID" "kill $ID NOSUCH" "exec $ID nosuchprogram" "exec $ID /etc" "exec $ID" \
		"exec -d $ID nosuchprogram" "exec --process /nosuch $ID" "exec --cwd /nosuch $ID true" \
		"exec --cgroup .. $ID true" "exec --user nosuch $ID true" "update -r /nosuch $ID" \
		"update -r - $ID" "update --memory x $ID" "events --interval 0 $ID" "mounts add $ID /nosuch" \
		"list --format x" "spec --bundle /nosuch" "create --bundle /nosuch other" "features x"; do
		fails_in_one_object $command
	done
}

@test "a failed create with a warning leaves just one JSON object in a JSON log" {
	only_davit "keeps warnings out of a log that is read as one object"
	config '.process.capabilities.bounding += [ "CAP_NO_SUCH_THING" ]'
	args nosuchprogram
	run runtime --log "$T/log" --log-format json create --bundle "$BUNDLE" "$ID"
	expect_status 1
	[ "$(jq -s length "$T/log")" = 1 ]
	[ "$(jq -r .level "$T/log")" = error ]
}

@test "a warning of a create that succeeds is in the log" {
	config '.process.capabilities.bounding += [ "CAP_NO_SUCH_THING" ]'
	args true
	run runtime --log "$T/log" --log-format json run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[ "$(jq -r .level "$T/log")" = warning ]
	[[ $(jq -r .msg "$T/log") == *CAP_NO_SUCH_THING* ]]
}

@test "a command that succeeds writes nothing to the log" {
	args true
	run runtime --log "$T/log" --log-format json run --bundle "$BUNDLE" "$ID"
	expect_status 0
	[ ! -s "$T/log" ]
}

@test "a log is appended to" {
	run runtime --log "$T/log" --log-format=json state first
	run runtime --log "$T/log" --log-format=json kill second
	[ "$(jq -s length "$T/log")" = 2 ]
}

@test "a JSON log is whole whatever the message holds" {
	args $'no "such\\ program\n\x01'
	run runtime --log "$T/log" --log-format json create --bundle "$BUNDLE" "$ID"
	expect_status 1
	[ "$(jq -s length "$T/log")" = 1 ]
	[ "$(wc -l <"$T/log")" = 1 ]
}

@test "options may be written as --name value and as --name=value" {
	run "$RUNTIME" --root="$ROOT" --log="$T/log" --log-format=json state nobody
	expect_error 'container does not exist'
	run "$RUNTIME" --root "$ROOT" --log "$T/log" --log-format json state nobody
	expect_error 'container does not exist'
	[ "$(jq -s length "$T/log")" = 2 ]
}

@test "a log without a name is none" {
	run runtime --log '' state nosuch
	expect_error 'does not exist'
	[ "${#lines[@]}" = 1 ]
}

@test "an unknown log format is refused" {
	run runtime --log-format xml state nobody
	expect_failure
	[[ $output != *'does not exist'* ]]
}

@test "a relative log is meant from where the runtime was called" {
	cd "$T"
	run runtime --log ./log state nobody
	expect_status 1
	grep -q 'does not exist' "$T/log"
}

@test "--debug says more, and changes no result" {
	args sh -c 'exit 3'
	run --separate-stderr runtime --debug --log "$T/log" run --bundle "$BUNDLE" "$ID"
	expect_status 3
	expect_output ''
	grep -q level=debug "$T/log"
}

@test "standard output is kept free of messages" {
	config '.process.capabilities.bounding += [ "CAP_NO_SUCH_THING" ]'
	args echo output
	run --separate-stderr runtime --debug run --bundle "$BUNDLE" "$ID"
	expect_output output
	args nosuchprogram
	run --separate-stderr runtime run --bundle "$BUNDLE" "$ID"
	expect_output ''
}

@test "without --log-format an error on standard error is one plain line" {
	only_davit "says it without the log's frame"
	run --separate-stderr runtime state nobody
	[ "$(wc -l <<<"$stderr")" = 1 ]
	[[ $stderr != *level=* ]]
}
