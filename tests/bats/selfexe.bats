#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The runtime's own executable is out of the container's reach (CVE-2019-5736, SEC-04). All tests run
# on a copy of it, which is what would be overwritten.

load load

setup ()
{
	make_container
	ORIGINAL=$RUNTIME
	RUNTIME=$T/${RUNTIME##*/}
	cp "$ORIGINAL" "$RUNTIME"
	HASH=$(sha256sum <"$RUNTIME")
	cp "$HELPERS/exe_thief" "$BUNDLE/rootfs/exe_thief"
	# as privileged as can be, but for the root file system
	config '.process.capabilities |= with_entries(.value += [ "CAP_SYS_PTRACE", "CAP_SYS_ADMIN",
			"CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER" ])
		| .root.readonly = false'
}

teardown ()
{
	RUNTIME=$ORIGINAL
	leave_nothing
}

expect_unharmed ()
{
	[ "$(sha256sum <"$RUNTIME")" = "$HASH" ]
	! grep overwritten "$BUNDLE/rootfs/tmp/stolen"
}

stolen ()
{
	[ -s "$BUNDLE/rootfs/tmp/stolen" ]
}

run_detached ()
{
	runtime create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
	runtime start "$ID"
}

# The container brings the dynamic loader along that a runtime executed in it is started with.
@test "a program that is #!/proc/self/exe, with a loader of its own, can't overwrite the runtime" {
	local loader
	loader=$(readelf -l "$RUNTIME" | sed -n 's/.*program interpreter: \(.*\)]/\1/p')
	[ -n "$loader" ] || skip 'the runtime is static'
	mkdir -p "$BUNDLE/rootfs${loader%/*}"
	cp "$HELPERS/exe_loader" "$BUNDLE/rootfs$loader"
	printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/trap"
	chmod +x "$BUNDLE/rootfs/trap"
	args /trap
	# the runtime itself has to have ended, or its file is busy
	run run_detached
	wait_for 10 is_stopped || true
	touch "$BUNDLE/rootfs/tmp/stolen"
	expect_unharmed
}

@test "a process in the container can't overwrite the executable of one that is executed there" {
	args /exe_thief /tmp/stolen 100
	run_detached
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		runtime exec "$ID" true
	done
	sleep 1
	expect_unharmed
	! is_davit || ! grep -F "$T" "$BUNDLE/rootfs/tmp/stolen"
}

@test "a process that shares the pid namespace can't overwrite the executable of a created container" {
	needs_root "each container's user namespace is another one"
	local first=$ID
	args /exe_thief /tmp/stolen 100
	run_detached
	config --arg path "/proc/$(runtime state "$ID" | jq .pid)/ns/pid" \
		'(.linux.namespaces[] | select(.type == "pid")).path = $path'
	ID=$first-second
	args true
	runtime create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
	wait_for 5 stolen || true
	runtime start "$ID"
	sleep 1
	expect_unharmed
	runtime delete --force "$ID"
	ID=$first
}
