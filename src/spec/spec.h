/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * spec: config.json to plan. Reads files and nothing else: no mount, no clone, no control group.
 *
 * Everything the config can be wrong about is found here, before anything is done, and named with
 * its place: "config.json:41: /mounts/3: ...". What the spec wants told and not failed lands in
 * plan.warnings. Unknown members are ignored, as the spec demands.
 * Source: runtime-spec 1.3, config.md and config-linux.md.
 */
#pragma once

#include "base/error.h"
#include "plan/plan.h"

#include <stdbool.h>
#include <stddef.h>

/* Which config, and what the command line adds to it. All borrowed; must not outlive the call. */
struct spec_request {
	const char *bundle; /* the bundle's directory: absolute, no symlinks on the way */
	const char *config; /* path of the config; NULL: config.json in the bundle */
	enum cgroup_driver driver;
	struct bus_places buses; /* for the systemd driver */
	/* Who is asked by SCMP_ACT_NOTIFY when the config does not say; NULL: nobody. */
	const char *seccomp_receiver;
};

/* Reads and resolves the config into *out, which plan_done frees; nothing is to be freed after a
 * failure. A missing config.json is an error that names the bundle. */
CHECKED int spec_read_plan (
	const struct spec_request *request, struct plan *out, struct error *err);

/* A JSON document by itself, `file` is its name in errors. */
struct spec_document {
	const char *file;
	const char *text;
	size_t size;
};

/* The same of a config that is in memory already. It looks at no file at all: a container's saved
 * config has to be understood when its root file system is gone, for delete. For a new container
 * call spec_find_root, too. */
CHECKED int spec_parse_plan (const struct spec_request *request,
	const struct spec_document *document, struct plan *out, struct error *err);

/* Finds the root file system's directory on disk, symlinks resolved: plan->root.path is then its
 * real path. spec_read_plan has done it. */
CHECKED int spec_find_root (struct plan *plan, struct error *err);

/* `exec --process`: a process alone. Only out->process, out->warnings and the arena are filled. */
CHECKED int spec_parse_process (
	const struct spec_document *document, struct plan *out, struct error *err);

/* `update --resources`: linux.resources alone. Only out->cgroup.resources is filled. */
CHECKED int spec_parse_resources (
	const struct spec_document *document, struct plan *out, struct error *err);

/* What mounts of a document are read for. */
enum spec_mounts_use {
	SPEC_MOUNTS_TO_MAKE,
	SPEC_MOUNTS_TO_REMOVE, /* the destinations are all that is looked at, and filled */
};

/* `mounts add`: an array of mounts for the container of *plan, whose own they replace; memory is its
 * arena's. */
CHECKED int spec_parse_mounts (const struct spec_document *document, enum spec_mounts_use use,
	struct plan *plan, struct error *err);

/* The annotations that change what is done, one by one, and then NULL; a name that ends with '.' is what
 * theirs begin with. For `features`. */
const char *spec_annotation_name (size_t i);

/* One finding of spec_check. */
struct spec_problem {
	bool is_warning; /* works, but not as its author may think; or told by the spec to be told */
	size_t line; /* from 1; 0: of the file as a whole */
	const char *pointer; /* JSON pointer; "" is the whole document */
	const char *text; /* what is wrong */
	const char *hint; /* what to do about it; NULL: the text says it */
};

struct spec_findings {
	struct arena arena; /* owns everything here */
	struct spec_problem *problems; /* in the file's order */
	size_t n_problems;
	size_t n_errors; /* those that are no warnings */
};

/* `davit check`: every problem at once instead of the first. Fails only when the config can't be
 * read at all. */
CHECKED int spec_check (
	const struct spec_request *request, struct spec_findings *out, struct error *err);
void spec_findings_done (struct spec_findings *findings);
