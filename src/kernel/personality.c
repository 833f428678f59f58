/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/personality.h"

#include <errno.h>
#include <sys/personality.h>

int
personality_apply (const struct process_plan *process, struct error *err)
{
	if (!process->has_personality)
		return 0;
	if (personality (process->personality) < 0)
		return fail (err, errno, "set personality 0x%lx", process->personality);
	return 0;
}
