/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"

#include <string.h>

#define ANY (-1)

static char
rule_type (struct spec_context *c, const struct oci_device_rule *rule)
{
	const char *type = spec_text (rule->type);

	if (!type)
		return 'a';
	if (type[1] != '\0' || !strchr ("abc", type[0]))
		spec_problem (c, &rule->type,
			"'%s' is not one of a (all), b (block) and c (character)", type);
	return type[0];
}

static int64_t
rule_number (struct spec_context *c, bool is_there, const int64_t *member)
{
	if (!is_there)
		return ANY;
	if (*member < ANY || *member > UINT32_MAX)
		spec_problem (c, member, "must be -1 (any), or a number from 0 to %u", UINT32_MAX);
	return *member;
}

void
spec_device_rules (struct spec_context *c, const struct oci_linux_resources *resources)
{
	struct resources_plan *out = &c->plan.cgroup.resources;

	out->n_devices = resources->n_devices;
	out->devices = spec_alloc (c, out->n_devices, sizeof *out->devices);
	for (size_t i = 0; i < out->n_devices; i++) {
		const struct oci_device_rule *rule = resources->devices[i];
		const char *access = spec_text (rule->access);

		/* no letter at all: the kernel would take it for nothing, engines mean everything */
		if (!access)
			access = "rwm";
		if (access[strspn (access, "rwm")])
			spec_problem (c, &rule->access,
				"'%s' is not made of r (read), w (write) and m (mknod)", access);
		out->devices[i] = (struct device_rule){
			.allow = rule->allow,
			.type = rule_type (c, rule),
			.major = rule_number (c, rule->has_major, &rule->major),
			.minor = rule_number (c, rule->has_minor, &rule->minor),
			.read = strchr (access, 'r'),
			.write = strchr (access, 'w'),
			.mknod = strchr (access, 'm'),
			.at = spec_at (c, rule->place),
		};
	}
}
