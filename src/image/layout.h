/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * layout: image layouts as sources: oci:DIR and oci-archive:FILE, and the archives of `docker save`.
 */
#pragma once

#include "image/source.h"

/* A directory. */
CHECKED int layout_open_dir (const char *path, struct source **out, struct error *err);

/* The same in a tar file. */
CHECKED int layout_open_archive (const char *path, struct source **out, struct error *err);

/* What `docker save` writes. A manifest is made up for it: objects are names of images in it
 * ("debian:latest"), and digests of manifests that were made up. */
CHECKED int docker_archive_open (const char *path, struct source **out, struct error *err);
