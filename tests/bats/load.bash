# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What every test file begins with: `load load`. A test gets a bundle of its own ($BUNDLE, with
# $BUNDLE/rootfs), a state directory of its own ($ROOT) and a container id ($ID) that no other test
# has, and its teardown shows that nothing is left of it on the machine.
# shellcheck disable=SC2154 # status, output, lines and stderr are set by bats

bats_require_minimum_version 1.5.0
# shellcheck source=tests/bats/modes.bash
source "${BASH_SOURCE[0]%/*}/modes.bash"

setup ()
{
	make_container
}

teardown ()
{
	leave_nothing
}

make_container ()
{
	T=$BATS_TEST_TMPDIR
	ID=t$$-$BATS_SUITE_TEST_NUMBER-$RANDOM
	BUNDLE=$T/bundle
	ROOT=$T/state
	chmod a+x "$T" "${T%/*}"
	mkdir "$BUNDLE"
	cp -a --reflink=auto "$SUITE_ROOTFS" "$BUNDLE/rootfs"
	cp "$SUITE_CONFIG" "$BUNDLE/config.json"
}

# The runtime with this test's state directory.
runtime ()
{
	"$RUNTIME" --root "$ROOT" ${DAVIT_BATS_SYSTEMD:+--systemd-cgroup} "$@"
}

# config JQ_ARGUMENT...: changes config.json, e.g. config '.hostname = "a"'.
config ()
{
	jq --tab "$@" <"$BUNDLE/config.json" >"$BUNDLE/config.json.new"
	mv "$BUNDLE/config.json.new" "$BUNDLE/config.json"
}

# add_mount DESTINATION TYPE SOURCE [OPTION...]: one more mount behind those of the config, which is
# /mounts/7 when it is the first.
add_mount ()
{
	config --arg destination "$1" --arg type "$2" --arg source "$3" '.mounts += [ {
		"destination": $destination, "type": $type, "source": $source,
		"options": $ARGS.positional } ]' --args -- "${@:4}"
}

# args WORD...: what the container is to execute.
args ()
{
	config '.process.args = $ARGS.positional' --args -- "$@"
}

# in_container SCRIPT: runs the script as the container's program; $status and $output are its own.
in_container ()
{
	args sh -c "$1"
	run runtime run --bundle "$BUNDLE" "$ID"
}

# Never `run` a create or a detached run as it is: the container would keep the pipe that `run` reads.
# create [OPTION...]: the container is made and waits for its start. What it will write goes to $T/out,
# what the runtime has to say of it to $T/err (and, like a terminal, to the test's output if it fails).
create ()
{
	quietly runtime create --bundle "$BUNDLE" "$@" "$ID"
}

# run_detached [OPTION...]: the container runs, and its output goes to $T/out.
run_detached ()
{
	quietly runtime run --detach --bundle "$BUNDLE" "$@" "$ID"
}

quietly ()
{
	"$@" </dev/null >"$T/out" 2>"$T/err" 3>&- || {
		local failure=$?
		cat "$T/err"
		return "$failure"
	}
}

# Runs the command in the background as a terminal would have: bash lets its background jobs ignore
# SIGINT and SIGQUIT, and gives them bats' own descriptor 3. Its process id is $! then.
in_background ()
{
	env --default-signal=INT,QUIT "$@" 3>&- &
}

# The container's first process as the host sees it.
container_pid ()
{
	runtime state "${1:-$ID}" | jq -r .pid
}

# Fails when the last `run` succeeded, or ended as a sanitizer ends a program (src/cli/sanitizers.c).
expect_failure ()
{
	if [ "$status" = 0 ] || [ "$status" = 86 ]; then
		printf 'status %s; output:\n%s\n' "$status" "$output"
		return 1
	fi
}

# Fails unless the last `run` ended with the given status.
expect_status ()
{
	[ "$status" = "$1" ] || {
		printf 'status %s instead of %s; output:\n%s\n' "$status" "$1" "$output"
		return 1
	}
}

# Fails unless the last `run` wrote exactly this.
expect_output ()
{
	[ "$output" = "$1" ] || {
		printf 'output:\n%s\ninstead of:\n%s\n' "$output" "$1"
		return 1
	}
}

# Fails unless the last `run --separate-stderr` wrote exactly this to standard error.
expect_errors ()
{
	[ "$stderr" = "$1" ] || {
		printf 'standard error:\n%s\ninstead of:\n%s\n' "$stderr" "$1"
		return 1
	}
}

# Fails unless the last `run` wrote this among other things.
expect_in_output ()
{
	[[ $output == *"$1"* ]] || {
		printf 'output:\n%s\nwithout:\n%s\n' "$output" "$1"
		return 1
	}
}

# Fails unless the last `run` failed with status 1, as all but exec do, and said this.
expect_error ()
{
	expect_status 1
	expect_in_output "$1"
}

# Fails unless the file's whole content is this and a newline.
expect_file ()
{
	local content
	content=$(cat "$1")
	[ "$content" = "$2" ] || {
		printf '%s holds:\n%s\ninstead of:\n%s\n' "$1" "$content" "$2"
		return 1
	}
}

# is_davit: whether the runtime under test is davit (the suite also runs on others, to test itself).
is_davit ()
{
	[[ ${RUNTIME##*/} == davit* ]]
}

# only_davit REASON: skips the test on another runtime, whose answer is known to be another one.
only_davit ()
{
	is_davit || skip "only davit $1"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for ()
{
	local end=$((SECONDS + $1 * ${DAVIT_BATS_PATIENCE:-1}))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

# The process has ended; it may still wait to be reaped by whoever is its parent now.
is_dead ()
{
	[ ! -e "/proc/$1" ] || grep -qs '^State:.*Z' "/proc/$1/status" || [ ! -e "/proc/$1" ]
}

# The container's status word: created, running, stopped.
container_status ()
{
	runtime state "${1:-$ID}" 2>/dev/null | jq -r .status
}

is_running ()
{
	[ "$(container_status "$@")" = running ]
}

is_stopped ()
{
	[ "$(container_status "$@")" = stopped ]
}

# The program has ended: nobody but the container's parent would be told, so its state is looked at.
wait_until_stopped ()
{
	wait_for 10 is_stopped "$@" || {
		printf 'the container is %s after 10 seconds\n' "$(container_status "$@")"
		return 1
	}
}

# Deletes what the test left on purpose, then fails if there is anything that knows its name, or a
# sanitizer's report.
leave_nothing ()
{
	local id left
	# A test that was skipped before it had anything.
	[ -n "${ROOT-}" ] || return 0
	for id in "$ROOT"/*/; do
		[ ! -d "$id" ] || runtime delete --force "$(basename "$id")" || true
	done
	if wait_for 5 nothing_is_left; then
		no_reports
		return
	fi
	left=$(what_is_left)
	printf 'left behind:\n%s\n' "$left"
	remove_cgroups
	return 1
}

# What a sanitizer has said of any process of this test, where the test itself did not look.
no_reports ()
{
	! grep -sE 'Sanitizer: |runtime error: ' "${T-}/out" "${T-}/err" <<<"${output-}${stderr-}" -
}

# Of this test, when the runtime has not: a failing test leaves no more than it must.
remove_cgroups ()
{
	find /sys/fs/cgroup -depth -type d -name "*$ID*" -exec rmdir {} + 2>/dev/null || true
}

nothing_is_left ()
{
	[ -z "$(what_is_left)" ]
}

# A line for each thing that is still there because of this test.
what_is_left ()
{
	local file
	# Containers in the state directory, and half-made ones; but for the cache of seccomp filters.
	[ ! -d "$ROOT" ] || find "$ROOT" -mindepth 1 -maxdepth 1 ! -name .seccomp -printf 'state: %p\n'
	# Mounts that have come through to the host. With the slash: test 3 is not test 34.
	grep -F "$T/" /proc/self/mountinfo | sed 's/^/mount: /'
	# Processes in a mount namespace made of this bundle, or with its paths on their command line.
	{
		grep -lsF "$T/" /proc/[0-9]*/mountinfo
		grep -lsaF -e "$ROOT" -e "$BUNDLE" /proc/[0-9]*/cmdline
	} | while IFS= read -r file; do
		describe_process "${file%/*}"
	done
	find /sys/fs/cgroup -type d -name "*$ID*" -printf 'cgroup: %p\n' 2>/dev/null
}

describe_process ()
{
	local words
	words=$(tr '\0' ' ' <"$1/cmdline" 2>/dev/null) || return 0
	[ "$1" = "/proc/$$" ] || [ "$1" = "/proc/$BASHPID" ] || printf 'process %s: %s\n' "${1#/proc/}" "$words"
}
