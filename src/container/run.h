/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * run: create and start in one, and in the foreground everything until the program has ended.
 */
#pragma once

#include "container/creation.h"

/* In the foreground: copies between the caller's terminal and the container's, passes signals on,
 * waits for the program, and deletes the container unless request->keep. *out_status is the
 * program's exit status, or 128 and the signal that killed it; 0 when detached. */
CHECKED int container_run (
	const struct create_request *request, int *out_status, struct error *err);
