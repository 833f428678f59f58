/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/warnings.h"
#include "base/buffer.h"
#include "kernel/caps.h"
#include "plan/capabilities.h"

int
warn_of_capabilities (const struct plan *plan, void (*warn) (const char *text), struct error *err)
{
	const struct process_plan *process = plan->process;
	uint64_t available, missing;
	struct buffer text = { 0 };

	if (!process || !process->capabilities.set)
		return 0;
	if (plan->namespaces.ns[NS_USER].how != NS_INHERIT)
		available = caps_of_kernel ();
	else if (caps_of_self (&available, err) < 0)
		return -1;
	missing = caps_ungrantable (&process->capabilities, available);
	if (!missing)
		return 0;
	buffer_printf (&text, "%s/capabilities: ignored, as they can't be granted:",
		process->at ? process->at : "process");
	for (int i = 0; i < CAPABILITIES; i++)
		if (missing & CAPABILITY_BIT (i))
			buffer_printf (&text, " %s", capability_names[i]);
	warn (text.data);
	buffer_done (&text);
	return 0;
}
