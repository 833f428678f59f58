#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# containerd with its runc shim, which calls the runtime under test: by ctr, and by the CRI plugin, which
# is configured with contrib/containerd/config.toml.

load engine

setup_file ()
{
	needs containerd ctr containerd-shim-runc-v2 curl
	make_world
	mkdir "$E/containerd"
	cat >"$E/containerd.toml" <<-CONFIG
		version = 2
		root = "$E/containerd/root"
		state = "/run/containerd"
		[grpc]
		address = "/run/containerd.sock"
		[plugins."io.containerd.grpc.v1.cri"]
		sandbox_image = "localhost/busybox:latest"
		restrict_oom_score_adj = true
		stream_server_address = "127.0.0.1"
		[plugins."io.containerd.grpc.v1.cri".containerd]
		snapshotter = "native"
	CONFIG
	# there is no systemd in this world
	drop_in containerd/config.toml "$E/runtime" | sed 's/^SystemdCgroup = true/SystemdCgroup = false/' >>"$E/containerd.toml"
	make_logged "$E"
	daemon containerd containerd --config "$E/containerd.toml"
	wait_for 20 ctr version >/dev/null 2>&1
	make_oci_image "$E/image.tar"
	ctr --namespace k8s.io images import --no-unpack "$E/image.tar" >"$E/import.log" 2>&1
	ctr images import --no-unpack "$E/image.tar" >"$E/import.log" 2>&1 || {
		cat "$E/import.log"
		return 1
	}
}

teardown_file ()
{
	end_world
}

setup ()
{
	NAME=c$BATS_SUITE_TEST_NUMBER-$RANDOM
}

teardown ()
{
	ctr tasks delete --force "$NAME" >/dev/null 2>&1 || true
	ctr containers delete "$NAME" >/dev/null 2>&1 || true
}

ctr ()
{
	world ctr --address /run/containerd.sock "$@"
}

# make_oci_image FILE: an OCI image layout with one layer, as a tar.
make_oci_image ()
{
	local layout=$E/layout blobs=$E/layout/blobs/sha256 layer config manifest
	mkdir -p "$blobs"
	make_image "$layout/layer"
	layer=$(add_blob "$layout/layer")
	jq -cn --arg diff "sha256:${layer% *}" '{ architecture: "amd64", os: "linux",
		config: { Env: [ "PATH=/bin" ], Cmd: [ "sleep", "1000000" ] }, rootfs: { type: "layers", diff_ids: [ $diff ] } }' \
		>"$layout/config"
	config=$(add_blob "$layout/config")
	jq -cn --arg layer "$layer" --arg config "$config" '
		def descriptor($type; $blob): ($blob | split(" ")) as [$digest, $size]
			| { mediaType: "application/vnd.oci.image.\($type)", digest: "sha256:\($digest)", size: ($size | tonumber) };
		{ schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
			config: descriptor("config.v1+json"; $config), layers: [ descriptor("layer.v1.tar"; $layer) ] }' \
		>"$layout/manifest"
	manifest=$(add_blob "$layout/manifest")
	jq -cn --arg digest "sha256:${manifest% *}" --arg size "${manifest#* }" '{ schemaVersion: 2, manifests: [ {
		mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $digest, size: ($size | tonumber),
		annotations: { "io.containerd.image.name": "localhost/busybox:latest", "org.opencontainers.image.ref.name": "latest" }
	} ] }' >"$layout/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
	tar --create --file="$1" --directory="$layout" .
}

# add_blob FILE: moves it to its place, and prints its digest and size.
add_blob ()
{
	local digest
	digest=$(sha256sum <"$1")
	digest=${digest%% *}
	echo "$digest $(stat -c %s "$1")"
	mv "$1" "$blobs/$digest"
}

# ctr_run [OPTION...] IMAGE NAME COMMAND...
ctr_run ()
{
	ctr run --snapshotter native --runtime io.containerd.runc.v2 --runc-binary "$RUNTIME" \
		--runc-root /run/runtime --cgroup "/$PARENT/$NAME" "$@"
}

IMAGE=localhost/busybox:latest

@test "ctr run returns the program's status and its output" {
	run ctr_run --rm "$IMAGE" "$NAME" sh -c 'echo in; exit 7'
	expect_status 7
	expect_output in
}

@test "ctr run leaves nothing" {
	ctr_run --rm "$IMAGE" "$NAME" true
	expect_nothing_of "$NAME"
}

@test "ctr run says in the runtime's words what went wrong" {
	run ctr_run --rm "$IMAGE" "$NAME" nosuchprogram
	expect_failure
	expect_in_output 'executable file not found in $PATH'
	expect_nothing_of "$NAME"
}

@test "ctr can run a task in the background, kill and delete it" {
	ctr_run --detach "$IMAGE" "$NAME" sleep 1000
	run ctr tasks list
	[[ $output =~ ${NAME}[[:space:]]+[0-9]+[[:space:]]+RUNNING ]]
	ctr tasks kill --signal KILL "$NAME"
	wait_for 5 task_is_stopped
	run ctr tasks delete "$NAME"
	ctr containers delete "$NAME"
	expect_nothing_of "$NAME"
}

task_is_stopped ()
{
	[[ $(ctr tasks list) =~ ${NAME}[[:space:]]+[0-9]+[[:space:]]+STOPPED ]]
}

@test "ctr kill of a task that has ended says that there is no such process, and delete works" {
	ctr_run --detach "$IMAGE" "$NAME" true
	wait_for 5 task_is_stopped
	run ctr tasks kill "$NAME"
	expect_failure
	expect_in_output 'not found'
	ctr tasks delete "$NAME"
}

@test "ctr run gives the program a terminal" {
	run script --quiet --return --command "nsenter --target $WORLD --mount --net --pid --wd=/ -- ctr --address /run/containerd.sock \
		run --tty --rm --snapshotter native --runc-binary $RUNTIME --runc-root /run/runtime --cgroup /$PARENT/$NAME $IMAGE $NAME sh -c '[ -t 1 ] && echo terminal'" /dev/null </dev/null
	expect_status 0
	expect_in_output terminal
}

@test "ctr exec runs a program in the container" {
	"$RUNTIME" exec --help >/dev/null 2>&1 || skip 'the runtime has no exec yet'
	ctr_run --detach "$IMAGE" "$NAME" sleep 1000
	run ctr tasks exec --exec-id e1 "$NAME" sh -c 'echo inside; exit 9'
	expect_status 9
	expect_in_output inside
}

cri ()
{
	world "$(realpath "$BATS_TEST_DIRNAME/../../helpers/cri.py")" /run/containerd.sock "$@"
}

# The plugin gives each image that it has seen a second name, its digest.
cri_has_the_image ()
{
	ctr --namespace k8s.io images list --quiet | grep -q '^sha256:'
}

# The handler is the one that contrib/kubernetes/runtimeclass.yaml asks for.
@test "containerd runs a pod with the runtime that contrib/containerd/config.toml names" {
	local pod container handler
	handler=$(sed -n 's/^handler: //p' "$BATS_TEST_DIRNAME/../../../contrib/kubernetes/runtimeclass.yaml")
	wait_for 10 cri_has_the_image
	pod=$(cri run-pod "$NAME" "$handler" "/$PARENT")
	container=$(cri create "$pod" "$NAME" "/$PARENT" "$IMAGE" sh -c 'echo begun >/begun; exec sleep 1000')
	cri start "$container"
	grep -q "create .*$pod" "$E/log"
	grep -q "create .*$container" "$E/log"
	wait_for 5 cri exec "$container" test -e /begun
	run cri exec "$container" sh -c 'cat /begun; exit 3'
	expect_status 3
	expect_output begun
	cri stop "$container"
	cri remove "$container"
	expect_nothing_of "$container"
	cri stop-pod "$pod"
	cri remove-pod "$pod"
	expect_nothing_of "$pod"
}
