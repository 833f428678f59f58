# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# davit for the RUN lines that buildah executes, of this user's sessions: copy to /etc/profile.d/davit.sh,
# or source it. Buildah needs it where contrib/podman/containers.conf is not used.
export BUILDAH_RUNTIME=/usr/local/bin/davit
export BUILDAH_ISOLATION=oci
