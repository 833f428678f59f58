/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/str.h"

#include <ctype.h>
#include <net/if.h>

/* What the kernel takes for one. */
static bool
is_interface_name (const char *name)
{
	if (*name == '\0' || strlen (name) >= IFNAMSIZ || str_equal (name, ".") ||
		str_equal (name, ".."))
		return false;
	for (const char *p = name; *p; p++)
		if (*p == '/' || *p == ':' || isspace ((unsigned char) *p))
			return false;
	return true;
}

/* "eth%d": the kernel puts the first number there that is free. */
static bool
is_template (const char *name)
{
	const char *percent = strchr (name, '%');

	return percent && str_equal (percent, "%d");
}

static bool
is_taken (const struct plan *plan, const char *new_name)
{
	for (size_t i = 0; i < plan->n_net_devices; i++)
		if (str_equal (plan->net_devices[i].new_name, new_name))
			return !is_template (new_name);
	return false;
}

static void
add_net_device (struct spec_context *c, const char *name, struct oci_net_device *const *member)
{
	const struct oci_net_device *device = *member;
	const char *given = device ? spec_text (device->name) : NULL;
	const char *new_name = given ? given : name;
	const void *named_at = given ? (const void *) &device->name : (const void *) member;
	struct plan *plan = &c->plan;

	if (!is_interface_name (name))
		spec_problem (c, member, "'%s' can't be the name of a network interface", name);
	else if (!is_interface_name (new_name))
		spec_problem (
			c, named_at, "'%s' can't be the name of a network interface", new_name);
	else if (strchr (new_name, '%') && !is_template (new_name))
		spec_problem (c, named_at, "'%s' may have a %% only in a %%d at its end", new_name);
	else if (is_taken (plan, new_name))
		spec_problem (c, named_at, "two network interfaces are to be named '%s'", new_name);
	plan->net_devices[plan->n_net_devices++] = (struct net_device_plan){
		.name = name,
		.new_name = new_name,
	};
}

void
spec_net_devices (struct spec_context *c, const struct oci_linux *linux)
{
	const struct oci_net_device_map *map = linux->net_devices;
	const struct ocispec_place *place = ocispec_child (linux->place, "netDevices", 0);
	struct plan *plan = &c->plan;

	if (!map || map->n == 0)
		return;
	if (plan->namespaces.ns[NS_NETWORK].how == NS_INHERIT)
		spec_problem_hint (c, &linux->net_devices,
			"add { \"type\": \"network\" } to linux.namespaces",
			"moves network interfaces to the container's network namespace, and there is "
			"none");
	plan->net_devices = spec_alloc (c, map->n, sizeof *plan->net_devices);
	for (size_t i = 0; i < map->n; i++) {
		add_net_device (c, map->keys[i], &map->values[i]);
		plan->net_devices[i].at = spec_at (c, ocispec_child (place, map->keys[i], 0));
	}
}
