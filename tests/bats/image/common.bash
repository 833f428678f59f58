# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What all tests of ctr-image have in common.
# shellcheck disable=SC2034,SC2154 # for the tests; status, output and so on are set by bats

bats_require_minimum_version 1.5.0

# need PROGRAM...: skips the test where one is missing.
need ()
{
	local program
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

need_root ()
{
	[ "$(id -u)" = 0 ] || skip "it takes root"
}

# bounded COMMAND...: a program that hangs fails, with all of its children. bats' own limit ends a test's
# direct children only, and what `run` has started is none: bats would wait for it forever.
bounded ()
{
	timeout --kill-after=5 60 "$@" 3>&-
}

# in_mounts COMMAND...: in a mount namespace that ends with the command; what it mounts is seen by nobody.
in_mounts ()
{
	bounded unshare --mount --propagation private -- "$@"
}

# end_process PID...: children of this shell, which may not want to end.
end_process ()
{
	local pid
	for pid; do
		kill "$pid" 2>/dev/null || continue
		wait_for 5 is_dead "$pid" || kill -KILL "$pid"
		wait "$pid" 2>/dev/null || true
	done
}

# It has ended; this shell may not have asked for its status yet.
is_dead ()
{
	[ ! -e "/proc/$1" ] || grep -qs '^State:.*Z' "/proc/$1/status" || [ ! -e "/proc/$1" ]
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for ()
{
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

expect_status ()
{
	[ "$status" = "$1" ] || {
		printf 'status %s instead of %s; output:\n%s\n' "$status" "$1" "$output"
		return 1
	}
}

expect_output ()
{
	[ "$output" = "$1" ] || {
		printf 'output:\n%s\ninstead of:\n%s\n' "$output" "$1"
		return 1
	}
}

expect_in_output ()
{
	[[ $output == *"$1"* ]] || {
		printf 'output:\n%s\nwithout:\n%s\n' "$output" "$1"
		return 1
	}
}
