#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# checkpoint and restore. Most tests need a CRIU that works on this kernel; others have tests/bats/fake_criu
# in its place.
# shellcheck disable=SC2154 # what bats, load.bash and terminal.bash set

load load
load terminal

setup_file ()
{
	export CRIU_PROBLEM=''
	if ! CRIU_PROBLEM=$(criu check 2>&1 >/dev/null); then
		CRIU_PROBLEM=${CRIU_PROBLEM%%$'\n'*}
		CRIU_PROBLEM=${CRIU_PROBLEM:-unknown}
	else
		CRIU_PROBLEM=''
	fi
}

setup ()
{
	needs_root "CRIU needs the host's root"
	make_container
	IMAGES=$T/images
	COUNT=$BUNDLE/rootfs/tmp/count
}

teardown ()
{
	stop_listening
	leave_nothing
}

needs_criu ()
{
	command -v criu >/dev/null || skip 'criu is not installed'
	[ -z "$CRIU_PROBLEM" ] || skip "criu check: ${CRIU_PROBLEM//[$'\n'#]/ }"
}

# What most containers here do: they count, and end with status 7 at a SIGUSR1.
count ()
{
	args sh -c 'trap "exit 7" USR1; i=0
		while :; do i=$((i + 1)); echo $i >/tmp/new; mv /tmp/new /tmp/count; sleep 0.05; done'
}

counts ()
{
	local before
	before=$(cat "$COUNT")
	wait_for 3 changes_from "$before"
}

changes_from ()
{
	[ "$(cat "$COUNT")" != "$1" ]
}

begin ()
{
	run_detached
	wait_for 5 test -e "$COUNT"
}

# checkpoint [OPTION...]
checkpoint ()
{
	runtime checkpoint --image-path "$IMAGES" "$@" "$ID"
}

# restore [OPTION...]: detached; output goes to the files that run_detached has made.
restore ()
{
	runtime restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID" \
		</dev/null >>"$T/out" 2>>"$T/err" 3>&- || {
		local failure=$?
		cat "$T/err"
		return "$failure"
	}
}

is_gone ()
{
	! runtime state "$ID" >/dev/null 2>&1
}

# ---- with CRIU

@test "a checkpoint ends and deletes the container, and a restore goes on where it was" {
	needs_criu
	count
	begin
	checkpoint
	is_gone
	before=$(cat "$COUNT")
	[ -e "$IMAGES/inventory.img" ]
	restore --pid-file "$T/pid"
	is_running
	wait_for 5 changes_from "$before"
	[ "$(cat "$COUNT")" -gt "$before" ]
	[ "$(cat "$T/pid")" = "$(container_pid)" ]
	[ "$(runtime exec "$ID" cat /proc/1/comm)" = sh ]
	[ ! -e "$ROOT/$ID/criu-root" ]
	# once more, of what was restored
	IMAGES=$T/again
	checkpoint
	restore
	counts
}

@test "with --leave-running the container goes on, and the checkpoint can be restored later" {
	needs_criu
	# nothing that changes on disk meanwhile, which a restore would miss
	args sh -c 'trap "exit 7" USR1; while :; do sleep 0.05; done'
	run_detached
	checkpoint --leave-running
	is_running
	runtime kill "$ID" USR1
	wait_until_stopped
	runtime delete "$ID"
	restore
	is_running
	runtime kill "$ID" USR1
	wait_until_stopped
}

@test "a restore in the foreground passes signals on and returns the program's status" {
	needs_criu
	count
	begin
	checkpoint
	cp "$COUNT" "$T/count"
	restore_in_foreground
	is_gone
	# an option of run that restore has too
	cp "$T/count" "$COUNT"
	restore_in_foreground --keep
	is_stopped
}

# Ends it by a SIGUSR1 once it counts.
restore_in_foreground ()
{
	local before
	before=$(cat "$COUNT")
	in_background "$RUNTIME" --root "$ROOT" ${DAVIT_BATS_SYSTEMD:+--systemd-cgroup} restore \
		--bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID" </dev/null >>"$T/out" 2>>"$T/err"
	pid=$!
	wait_for 10 changes_from "$before"
	wait_for 5 is_running
	kill -USR1 "$pid"
	status=0
	wait "$pid" || status=$?
	expect_status 7
}

@test "pipes are replaced by the streams of the restore" {
	needs_criu
	args sh -c 'while :; do echo tick; sleep 0.05; done'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null 2>"$T/err" 3>&- | cat >"$T/first" 3>&- &
	wait_for 10 grep -qs tick "$T/first"
	checkpoint
	runtime restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null \
		2>>"$T/err" 3>&- | cat >"$T/second" 3>&- &
	wait_for 10 grep -qs tick "$T/second"
}

@test "a terminal goes to the console socket of the restore" {
	needs_criu
	config '.process.terminal = true'
	args sh -c 'while read -r line; do echo "got $line"; done'
	listen
	run_detached --console-socket "$T/socket"
	echo one >&7
	wait_for 5 grep -q 'got one' "$T/screen"
	checkpoint
	stop_listening
	rm "$T/keyboard" "$T/socket"
	listen
	restore --console-socket "$T/socket"
	echo two >&7
	wait_for 5 grep -q 'got two' "$T/screen"
}

@test "mounts, masked and read-only paths are as before" {
	needs_criu
	mkdir "$T/data" "$T/fixed"
	echo content >"$T/data/file"
	add_mount /data bind "$T/data" bind
	add_mount /fixed bind "$T/fixed" bind ro
	add_mount /file bind "$T/data/file" bind ro
	add_mount /scratch tmpfs tmpfs
	config '.linux.maskedPaths = ["/proc/keys", "/proc/acpi", "/sys/firmware"]
		| .linux.readonlyPaths = ["/proc/sys"]'
	count
	begin
	runtime exec "$ID" sh -c 'echo kept >/scratch/file'
	look='cat /file /scratch/file; touch /data/new && echo data; touch /fixed/new || echo fixed
		echo x >/proc/sys/kernel/hostname || echo sys; cat /proc/keys | wc -c; ls /sys/firmware | wc -l
		stat -f -c %T /scratch; cat /etc/hostname /proc/sys/kernel/hostname'
	runtime exec "$ID" sh -c "$look" >"$T/before" 2>/dev/null || true
	checkpoint
	rm "$T/data/new"
	restore
	runtime exec "$ID" sh -c "$look" >"$T/after" 2>/dev/null || true
	diff "$T/before" "$T/after"
	grep -qx fixed "$T/after"
	[ -e "$T/data/new" ]
	diff <(mount_options) <(IMAGES=$T/second && checkpoint && restore && mount_options)
}

# What mountinfo says of the container's mounts, without what differs each time.
mount_options ()
{
	awk '{ print $5, $6 }' "/proc/$(container_pid)/mountinfo" | sort
}

@test "missing mount points are made in another root file system" {
	needs_criu
	mkdir "$T/data"
	mkdir "$T/data/inner"
	add_mount /a/b/c bind "$T/data" bind
	add_mount /a/b/c/inner tmpfs tmpfs
	count
	begin
	checkpoint
	rm -r "$BUNDLE/rootfs/a"
	restore
	counts
	runtime exec "$ID" touch /a/b/c/here
	[ -e "$T/data/here" ]
}

@test "a network namespace of others is joined again" {
	needs_criu
	ip netns add "$ID"
	config --arg path "/run/netns/$ID" \
		'(.linux.namespaces[] | select(.type == "network")).path = $path'
	[ "$(jq '[.linux.namespaces[] | select(.path)] | length' "$BUNDLE/config.json")" = 1 ] ||
		config --arg path "/run/netns/$ID" \
			'.linux.namespaces += [{ "type": "network", "path": $path }]'
	count
	begin
	checkpoint || { ip netns delete "$ID" && false; }
	restore || { ip netns delete "$ID" && false; }
	wanted=$(stat -L -c %i "/run/netns/$ID")
	found=$(stat -L -c %i "/proc/$(container_pid)/ns/net")
	ip netns delete "$ID"
	[ "$wanted" = "$found" ]
}

@test "the control group of a restore has the config's limits" {
	needs_criu
	needs_v2
	config '.linux.resources.pids.limit = 77'
	count
	begin
	checkpoint
	config '.linux.resources.pids.limit = 88'
	restore
	expect_file "$(cgroup_dir)/pids.max" 88
	grep -q . "$(cgroup_dir)/cgroup.procs"
	runtime pause "$ID"
	runtime resume "$ID"
	counts
}

@test "memory is written beforehand with --pre-dump, and not again" {
	needs_criu
	count
	begin
	run runtime checkpoint --pre-dump --image-path "$T/before" "$ID"
	[[ $output != *'tracking of memory'* ]] || skip 'this kernel tracks no memory'
	expect_status 0
	is_running
	counts
	checkpoint --parent-path ../before
	[ -L "$IMAGES/parent" ]
	is_gone
	restore
	counts
}

@test "a paused container is checkpointed, and runs when it is restored" {
	needs_criu
	count
	begin
	runtime pause "$ID"
	checkpoint
	is_gone
	restore
	is_running
	counts
}

@test "hooks: poststop at the checkpoint, createRuntime at the restore" {
	needs_criu
	config --arg dir "$T" '.hooks = {
		"createRuntime": [{ "path": "/bin/sh", "args": ["sh", "-c", "cat >\($dir)/made"] }],
		"poststop": [{ "path": "/bin/sh", "args": ["sh", "-c", "cat >\($dir)/stopped"] }] }'
	count
	begin
	rm "$T/made"
	checkpoint
	[ "$(jq -r .status "$T/stopped")" = stopped ]
	restore
	[ "$(jq -r .pid "$T/made")" = "$(container_pid)" ]
}

@test "a hook that fails ends the restore" {
	needs_criu
	count
	begin
	checkpoint
	config '.hooks.createRuntime = [{ "path": "/bin/false" }]'
	run restore
	expect_error '/bin/false'
	is_gone
}

@test "images that are no good are an error with CRIU's own words, and leave nothing" {
	needs_criu
	count
	begin
	checkpoint --work-path "$T/work"
	[ -s "$T/work/dump.log" ]
	head -c 10 "$IMAGES/pstree.img" >"$T/short"
	cp "$T/short" "$IMAGES/pstree.img"
	run restore --work-path "$T/work"
	expect_error "restore container '$ID'"
	expect_in_output "$T/work/restore.log"
	is_gone
}

@test "what CRIU can't keep is an error with its words, and the container goes on" {
	needs_criu
	count
	begin
	mkdir "$IMAGES" "$IMAGES/core-1.img"
	run checkpoint
	expect_error "checkpoint container '$ID'"
	expect_in_output "$IMAGES/dump.log"
	is_running
	counts
}

@test "a file with CRIU's settings is taken from the annotation org.criu.config" {
	needs_criu
	echo 'log-file special.log' >"$T/criu.conf"
	config --arg file "$T/criu.conf" '.annotations["org.criu.config"] = $file'
	count
	begin
	checkpoint
	[ -e "$IMAGES/special.log" ]
}

@test "lazy pages: memory comes from the checkpointing side's page server" {
	needs_criu
	count
	begin
	mkfifo "$T/ready"
	exec 8<>"$T/ready"
	head -c 1 <&8 >"$T/byte" 3>&- &
	runtime checkpoint --lazy-pages --page-server 127.0.0.1:27277 --status-fd 8 \
		--image-path "$IMAGES" --work-path "$T/dumping" "$ID" >"$T/lazy" 2>&1 3>&- &
	dumper=$!
	wait_for 15 is_ready_or_dead "$dumper"
	[ -s "$T/byte" ] || {
		exec 8>&-
		kill %1
		cat "$T/lazy"
		! grep -q userfaultfd "$T/lazy" || skip "$(cat "$T/lazy")"
		return 1
	}
	mkdir "$T/lazy-work"
	criu lazy-pages --page-server --address 127.0.0.1 --port 27277 -D "$IMAGES" -W "$T/lazy-work" \
		>"$T/pages" 2>&1 3>&- 8>&- &
	wait_for 5 test -S "$T/lazy-work/lazy-pages.socket"
	ID=$ID-2
	runtime restore --detach --bundle "$BUNDLE" --lazy-pages --image-path "$IMAGES" \
		--work-path "$T/lazy-work" "$ID" </dev/null >>"$T/out" 2>>"$T/err" 3>&- 8>&- || {
		cat "$T/err" "$T/pages"
		return 1
	}
	counts
	wait "$dumper"
}

is_ready_or_dead ()
{
	[ -s "$T/byte" ] || is_dead "$1"
}

# ---- without

# fake HOW COMMAND...: with a CRIU that fails.
fake ()
{
	only_davit 'takes --criu'
	export FAKE_CRIU=$1 FAKE_CRIU_REQUEST=$T/request
	shift
	"$@"
}

faked ()
{
	runtime --criu "$BATS_TEST_DIRNAME/fake_criu" "$@"
}

fake_checkpoint ()
{
	faked checkpoint --image-path "$IMAGES" "$@" "$ID"
}

fake_images ()
{
	mkdir "$IMAGES"
	echo '["/dev/null", "pipe:[4711]", "/dev/null"]' >"$IMAGES/descriptors.json"
}

fake_restore ()
{
	faked restore --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID" </dev/null
}

@test "engines that ask whether there is checkpoint and restore are told" {
	only_davit 'is asked'
	run runtime checkpoint --help
	expect_status 0
	run runtime restore --lsm-mount-context
	expect_error 'flag needs an argument'
	run runtime features
	[ "$(jq -r '.annotations["org.opencontainers.runc.checkpoint.enabled"]' <<<"$output")" = true ]
	runtime --version | grep -q '+CRIU'
}

@test "without CRIU a checkpoint is an error that says what is missing, and the container goes on" {
	only_davit 'takes --criu'
	count
	begin
	run runtime --criu "$T/none" checkpoint --image-path "$IMAGES" "$ID"
	expect_error "execute '$T/none': no such file"
	[ ! -e "$IMAGES" ]
	counts
}

@test "checkpoint of a container that is created, has stopped, or is not there is refused" {
	run runtime checkpoint "$ID"
	expect_error 'does not exist'
	args true
	create
	run runtime checkpoint --image-path "$IMAGES" "$ID"
	expect_status 1
	[ "$(container_status)" = created ]
	runtime start "$ID"
	wait_until_stopped
	run runtime checkpoint --image-path "$IMAGES" "$ID"
	expect_status 1
	! is_davit || expect_in_output 'container not running'
	[ ! -e "$IMAGES" ]
}

@test "options with values that make no sense are refused" {
	only_davit 'words it so'
	count
	begin
	run fake error fake_checkpoint --empty-ns mount
	expect_error "--empty-ns takes network, not 'mount'"
	run fake error fake_checkpoint --page-server 4711
	expect_error "--page-server takes ADDRESS:PORT, not '4711'"
	run fake error fake_checkpoint --parent-path /tmp
	expect_error 'relative to the image path'
	run fake error fake_checkpoint --parent-path ../nowhere
	expect_error "invalid parent path '../nowhere'"
	run fake error fake_checkpoint --status-fd 99
	expect_error '--status-fd 99'
	run fake error fake_checkpoint --network-lock skip
	expect_error '--network-lock skip needs CRIU 3.18, and this is 3.17'
	counts
}

# expect_told WORDS OPTION...: what the fake was told has this line with the options, and not without.
expect_told ()
{
	local words=$1 command=$2
	shift 2
	run fake error "$command"
	expect_status 1
	! grep -qx "$words" "$T/request"
	run fake error "$command" "$@"
	expect_status 1
	grep -qx "$words" "$T/request" || {
		printf '%s: CRIU is not told: %s\n' "$*" "$words"
		return 1
	}
}

@test "CRIU is told of every option of checkpoint" {
	only_davit 'takes --criu'
	count
	begin
	mkdir "$T/before"
	while read -r words; do
		read -r option <&4
		# shellcheck disable=SC2086 # an option and its argument
		expect_told "$words" fake_checkpoint $option
	done <<-TOLD 4<<-OPTIONS
		leave_running 1
		tcp_established 1
		tcp_skip_in_flight 1
		link_remap 1
		ext_unix_sk 1
		shell_job 1
		file_locks 1
		lazy_pages 1
		auto_dedup 1
		empty_ns 1073741824
		manage_cgroups_mode 0
		network_lock 2
		ps 127.0.0.1 27
		ps ::1 27
		parent_img ../before
		track_mem 1
		request pre_dump
	TOLD
		--leave-running
		--tcp-established
		--tcp-skip-in-flight
		--link-remap
		--ext-unix-sk
		--shell-job
		--file-locks
		--lazy-pages
		--auto-dedup
		--empty-ns network
		--manage-cgroups-mode ignore
		--network-lock nftables
		--page-server 127.0.0.1:27
		--page-server [::1]:27
		--parent-path ../before
		--parent-path ../before
		--pre-dump
	OPTIONS
}

@test "CRIU is told of every option of restore" {
	only_davit 'takes --criu'
	args true
	fake_images
	while read -r words; do
		read -r option <&4
		# shellcheck disable=SC2086 # an option and its argument
		expect_told "$words" fake_restore $option
	done <<-TOLD 4<<-OPTIONS
		tcp_established 1
		tcp_close 1
		ext_unix_sk 1
		shell_job 1
		file_locks 1
		lazy_pages 1
		auto_dedup 1
		empty_ns 1073741824
		manage_cgroups_mode 5
		network_lock 1
		lsm_profile apparmor:other
		lsm_mount_context a:b:c:d
	TOLD
		--tcp-established
		--tcp-close
		--ext-unix-sk
		--shell-job
		--file-locks
		--lazy-pages
		--auto-dedup
		--empty-ns network
		--manage-cgroups-mode strict
		--network-lock iptables
		--lsm-profile apparmor:other
		--lsm-mount-context a:b:c:d
	OPTIONS
	nothing_is_left
}

@test "what containerd and Podman pass to checkpoint and restore is understood" {
	only_davit 'takes --criu'
	args true
	fake_images
	run faked checkpoint --image-path "$IMAGES" --work-path "$T/work" --leave-running \
		--tcp-established --ext-unix-sk --shell-job --file-locks --empty-ns network \
		--manage-cgroups-mode soft "$ID"
	expect_error 'does not exist'
	run fake error faked restore --image-path "$IMAGES" --work-path "$T/work" --detach \
		--pid-file "$T/pid" --no-pivot -no-subreaper --bundle "$BUNDLE" "$ID"
	expect_error 'the fake has failed'
	run fake error faked restore -d -b "$BUNDLE" --image-path "$IMAGES" "$ID"
	expect_error 'the fake has failed'
}

@test "the root, mounts, control groups and streams of a restore are the config's and the caller's" {
	only_davit 'takes --criu'
	args true
	fake_images
	mkdir "$T/data" "$T/more"
	add_mount /data bind "$T/data" bind
	config '.linux.maskedPaths = ["/proc/keys"]'
	mv "$BUNDLE/config.json" "$T/other.json"
	run fake error fake_restore --config "$T/other.json"
	expect_error 'the fake has failed'
	for words in "root $ROOT/$ID/criu-root" "ext_mnt /data $T/data" 'ext_mnt /dev/null /dev/null' \
		'inherit_fd pipe:\[4711\] 1' 'rst_sibling 1' 'log_file restore.log'; do
		grep -qx "$words" "$T/request"
	done
	grep -q "^cg_root .*$ID" "$T/request"
	[ -d "$BUNDLE/rootfs/data" ]
	run fake error fake_restore -f "$T/other.json"
	expect_error 'the fake has failed'
}

@test "a checkpoint that fails leaves the container as it is" {
	count
	begin
	for how in error die; do
		run fake "$how" fake_checkpoint
		expect_error "checkpoint container '$ID'"
		is_running
		counts
	done
	run fake error fake_checkpoint
	expect_in_output 'the fake has failed'
}

@test "a restore that fails leaves nothing, however CRIU ends" {
	fake_images
	args true
	for how in error die linger; do
		run fake "$how" fake_restore --pid-file "$T/pid"
		expect_error "restore container '$ID'"
		nothing_is_left
		[ ! -e "$T/pid" ]
	done
}

@test "a restore that is interrupted leaves nothing" {
	fake_images
	args true
	export FAKE_CRIU=hang FAKE_CRIU_REQUEST=$T/request
	in_background "$RUNTIME" --root "$ROOT" --criu "$BATS_TEST_DIRNAME/fake_criu" restore \
		--bundle "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null >"$T/out" 2>"$T/err"
	pid=$!
	wait_for 10 test -s "$T/request"
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" != 0 ]
	nothing_is_left
}

@test "a bind mount that has no source any more is an error with its place in the config" {
	fake_images
	add_mount /data bind "$T/gone" bind
	run fake error fake_restore
	expect_error '/mounts/7'
	nothing_is_left
}

@test "a checkpoint that holds a symlink, a fifo or a device is refused" {
	only_davit 'looks'
	args true
	fake_images
	ln -s /etc/passwd "$IMAGES/core-1.img"
	run fake error fake_restore
	expect_error "'$IMAGES/core-1.img' is no regular file"
	rm "$IMAGES/core-1.img"
	mkfifo "$IMAGES/descriptors.json.fifo"
	run fake error fake_restore
	expect_error 'is no regular file'
	rm "$IMAGES/descriptors.json.fifo"
	mv "$IMAGES" "$T/elsewhere"
	ln -s "$T/elsewhere" "$IMAGES"
	run fake error fake_restore
	expect_error 'it has to be a directory, and no symlink'
	nothing_is_left
}

@test "a checkpoint's parent is looked at as well" {
	only_davit 'looks'
	args true
	fake_images
	ln -s /etc "$IMAGES/parent"
	run fake error fake_restore
	expect_error 'it has to be relative'
	ln -sfn ../before "$IMAGES/parent"
	mkdir "$T/before"
	ln -s /etc/passwd "$T/before/pages-1.img"
	run fake error fake_restore
	expect_error 'pages-1.img'
	rm "$T/before/pages-1.img"
	run fake error fake_restore
	expect_error 'the fake has failed'
}

@test "a log that is a symlink is not followed" {
	only_davit 'looks'
	args true
	fake_images
	mkdir "$T/work"
	echo precious >"$T/victim"
	ln -s "$T/victim" "$T/work/restore.log"
	run fake error fake_restore --work-path "$T/work"
	expect_error 'restore.log'
	expect_file "$T/victim" precious
}

@test "a list of descriptors that is missing, no list, or much too long is an error" {
	only_davit 'words it so'
	args true
	mkdir "$IMAGES"
	run fake error fake_restore
	expect_error "'$IMAGES' holds no checkpoint"
	echo '{"a": 1}' >"$IMAGES/descriptors.json"
	run fake error fake_restore
	expect_error 'descriptors.json:1'
	echo '[1' >"$IMAGES/descriptors.json"
	run fake error fake_restore
	expect_error 'descriptors.json:1'
	head -c 100000 /dev/zero >"$IMAGES/descriptors.json"
	run fake error fake_restore
	expect_error 'descriptors.json'
	nothing_is_left
}

@test "a restore to an id that is taken is refused, and the container there is left alone" {
	only_davit 'takes --criu'
	count
	begin
	fake_images
	run fake error fake_restore
	expect_error 'already exists'
	is_running
}

@test "a container in the foreground is deleted by another's delete --force at once" {
	args sleep 60
	in_background "$RUNTIME" --root "$ROOT" ${DAVIT_BATS_SYSTEMD:+--systemd-cgroup} run \
		--bundle "$BUNDLE" "$ID" </dev/null >"$T/out" 2>"$T/err"
	pid=$!
	wait_for 5 is_running
	timeout 30 "$RUNTIME" --root "$ROOT" delete --force "$ID"
	status=0
	wait "$pid" || status=$?
	expect_status 137
	is_gone
}
