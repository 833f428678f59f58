#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The help, the man page and the completions of both programs say the same: all come from one table.

load images

programs=("$CTR_IMAGE" "$RUNTIME")

# need_davit: the completions are of davit, whatever RUNTIME is.
need_davit ()
{
	[ "${RUNTIME##*/}" = davit ] || skip "it is about davit's own completion"
	PATH=$T/bin:$PATH
	mkdir "$T/bin"
	ln -s "$RUNTIME" "$CTR_IMAGE" "$T/bin/"
}

# commands_of PROGRAM
commands_of ()
{
	"$1" --help | sed -n '/^commands:/,/^options:/s/^  \([a-z]*\) .*/\1/p'
}

# complete_line PROGRAM LINE: what bash offers at the end of the line.
complete_line ()
{
	"$1" completion bash >"$T/script"
	cat >>"$T/script" <<'END'
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \t\n:='
"_${1//-/_}" && printf '%s\n' "${COMPREPLY[@]}"
END
	bash "$T/script" "$@"
}

@test "every command and every option of the help is in the man page and in each completion" {
	local program name command option shell
	need_davit
	for program in "${programs[@]}"; do
		name=${program##*/}
		"$name" manual | sed 's/\\f[BIR]//g; s/\\//g' >"$T/manual"
		for shell in bash zsh fish; do
			"$name" completion "$shell" >"$T/$shell"
		done
		for command in $(commands_of "$name"); do
			grep -qF ".SS $name $command " "$T/manual"
			for option in $("$name" "$command" --help | grep -o '^  .*  --[a-z0-9-]*\|, --[a-z0-9-]*' |
				sed 's/.*--//'); do
				[ "$option" != help ] || continue
				sed -n "/^\.SS $name $command /,/^\.S/p" "$T/manual" | grep -q -- "--$option\b"
				grep "^	$command) words=" "$T/bash" | grep -q -- "--$option "
				sed -n "/^		$command) _arguments/,/;;/p" "$T/zsh" | grep -q -- "--$option\b"
				grep "_is $command'" "$T/fish" | grep -q -- "-l $option "
			done
		done
	done
}

@test "the man pages are in order" {
	need groff
	need_davit
	local program
	for program in "${programs[@]}"; do
		run bash -c '"$1" manual | groff -man -Tutf8 -ww -z' bash "$program"
		expect_status 0
		expect_output ""
	done
}

@test "bash completes commands, options and the names of images" {
	need_davit
	export CTR_IMAGE_STORE=$STORE
	mkdir "$T/root"
	image import -q "$T/root" localhost:5000/first:1
	image import -q "$T/root" localhost:5000/second:1
	run complete_line ctr-image "ctr-image ver"
	expect_output verify
	run complete_line ctr-image "ctr-image --store=$STORE verify --rep"
	expect_output --repair
	run complete_line ctr-image "ctr-image --store $STORE run loc"
	expect_output "localhost:5000/first:1
localhost:5000/second:1"
	run complete_line ctr-image "ctr-image remove localhost:5000/s"
	expect_output "5000/second:1"
	run complete_line davit "davit --root $T pau"
	expect_output pause
}

# complete_with SHELL PROGRAM LINE: what zsh makes of the line, or fish offers at its end.
complete_with ()
{
	mkdir -p "$T/$1"
	if [ "$1" = zsh ]; then
		"$2" completion zsh >"$T/zsh/_$2"
		HOME=$T timeout 60 "$BATS_TEST_DIRNAME/../../helpers/complete_zsh.py" "$T/zsh" "$3"
	else
		HOME=$T timeout 60 fish --no-config --command "$2 completion fish | source; complete --do-complete '$3'"
	fi
}

# expect_completion SHELL LINE RESULT: of the program that is the line's first word.
expect_completion ()
{
	run complete_with "$1" "${2%% *}" "$2"
	expect_status 0
	expect_output "$3"
}

@test "zsh completes commands, options, their choices and the names of images" {
	need zsh
	need_davit
	export CTR_IMAGE_STORE=$STORE
	mkdir "$T/root"
	image import -q "$T/root" localhost:5000/first:1
	expect_completion zsh 'davit exe' 'davit exec '
	expect_completion zsh 'davit exec --cons' 'davit exec --console-socket='
	expect_completion zsh 'davit --log-format j' 'davit --log-format json '
	expect_completion zsh 'davit check -f j' 'davit check -f json '
	expect_completion zsh 'davit --root /tmp pau' 'davit --root /tmp pause '
	expect_completion zsh 'ctr-image verify --r' 'ctr-image verify --repair '
	expect_completion zsh 'ctr-image run loc' 'ctr-image run localhost:5000/first:1 '
}

@test "fish completes commands, options, their choices and the names of images" {
	need fish
	need_davit
	export CTR_IMAGE_STORE=$STORE
	mkdir "$T/root"
	image import -q "$T/root" localhost:5000/first:1
	expect_completion fish 'davit exe' $'exec\trun one more process in a container'
	expect_completion fish 'davit exec --cons' $'--console-socket\ta unix socket that gets the master of the terminal'
	expect_completion fish 'davit --log-format=j' $'--log-format=json\thow the log is written (default: text)'
	expect_completion fish 'davit check -f j' $'json\thow to show what is found (default: text)'
	expect_completion fish 'davit --root /tmp pau' $'pause\tstop all processes of a container for a while'
	expect_completion fish 'davit exec pau' ''
	expect_completion fish 'ctr-image run loc' 'localhost:5000/first:1'
}

@test "the man pages have no fault that mandoc knows" {
	need mandoc
	need_davit
	local program
	for program in "${programs[@]}"; do
		run bash -c '"$1" manual | mandoc -T lint' bash "$program"
		expect_status 0
		expect_output ""
	done
}

@test "a shell that there is no completion for is an error" {
	run bounded "$CTR_IMAGE" completion tcsh
	expect_status 1
	expect_in_output "'tcsh', only for bash, zsh and fish"
}
