# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What tests of terminals share: the engine's side of a console socket, and a terminal of one's own.
# shellcheck disable=SC2154 # T and output are load.bash's and bats'

# listen [ROWS COLUMNS]: receives the terminal on $T/socket, as an engine does. What the program
# writes to it goes to $T/screen; what is written to descriptor 7 is what is typed.
listen ()
{
	mkfifo "$T/keyboard"
	"$HELPERS/console" "$T/socket" "$@" <"$T/keyboard" >"$T/screen" 2>"$T/listening" 3>&- &
	console=$!
	exec 7>"$T/keyboard"
	wait_for 5 grep -q listening "$T/listening"
}

# in_foreground COMMAND...: as in a terminal, `script` being that. What it shows is in $output, with
# the terminal's line ends taken off.
in_foreground ()
{
	local words
	printf -v words '%q ' "$@"
	run script --quiet --return --command "$words" "$T/typescript" </dev/null
	output=$(tr -d '\r' <<<"$output")
}

# For the teardown of those who listen.
stop_listening ()
{
	[ -z "${console:-}" ] || kill "$console" 2>/dev/null || true
}
