/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * criu: CRIU (criu.org) at work for us. It is a program, started as `criu swrk` for one request, which
 * comes with its replies over a socket. Its library would do no more than that, and is not everywhere
 * where the program is.
 */
#pragma once

#include "base/error.h"
#include "container/criu_message.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Whether checkpoints are in this build. */
bool criu_is_built_in (void);

/* The callbacks may be NULL; `data` is theirs. */
struct criu_call {
	const char *program; /* the file to execute; NULL: "criu", by PATH and then in sbin */
	enum criu_request request;
	/* A message criu_opts; NULL: none. Descriptors in it are those of CRIU's process. */
	const struct buffer *options;
	const sigset_t *signals; /* what is blocked in it; NULL: as in us */
	int interrupt_fd; /* a signalfd: what comes there ends it; -1: none */
	bool keeps_terminal; /* it stays in our process group and has our stdin and stdout */
	bool dies_with_us;
	/* Once its process is there, and waits. */
	int (*prepare) (void *data, pid_t pid, struct error *err);
	/* In its process, before CRIU is executed. */
	int (*enter) (void *data, struct error *err);
	/* CRIU is at a point that it tells of: reply->script. fd: came with it; the callee's; or -1.
	 * An error ends it. */
	int (*notify) (void *data, const struct criu_reply *reply, int fd, struct error *err);
	void *data;
};

/* Runs it, to its end. Returns 0 when CRIU was successful; it may have failed otherwise with the last
 * reply in *out. err says then what CRIU's first error was. */
CHECKED int criu_run (const struct criu_call *call, struct criu_reply *out, struct error *err);

/* How old it is: 31701 is 3.17.1. ENOENT in err->code: there is none. */
CHECKED int criu_version (const char *program, int *out, struct error *err);

/* Which features kernel and CRIU have together; only those of *out are filled in. */
CHECKED int criu_features (const char *program, struct criu_reply *out, struct error *err);
