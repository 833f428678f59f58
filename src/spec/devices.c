/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/context.h"
#include "base/auto.h"
#include "base/str.h"

#include <sys/stat.h>

#define MODE_DEFAULT 0666
#define MODE_BITS 07777 /* older engines put the file type in, too */
/* of a dev_t of Linux */
#define MAJOR_MAX 0xfff
#define MINOR_MAX 0xfffff

/* Source: config-linux.md, "Default Devices". The console and ptmx are no nodes of ours. */
static const struct device_plan defaults[] = {
	{ .path = "/dev/null", .type = S_IFCHR, .major = 1, .minor = 3, .mode = MODE_DEFAULT },
	{ .path = "/dev/zero", .type = S_IFCHR, .major = 1, .minor = 5, .mode = MODE_DEFAULT },
	{ .path = "/dev/full", .type = S_IFCHR, .major = 1, .minor = 7, .mode = MODE_DEFAULT },
	{ .path = "/dev/random", .type = S_IFCHR, .major = 1, .minor = 8, .mode = MODE_DEFAULT },
	{ .path = "/dev/urandom", .type = S_IFCHR, .major = 1, .minor = 9, .mode = MODE_DEFAULT },
	{ .path = "/dev/tty", .type = S_IFCHR, .major = 5, .minor = 0, .mode = MODE_DEFAULT },
};

static mode_t
type_of (const char *letter)
{
	switch (letter[0]) {
	case 'b':
		return S_IFBLK;
	case 'p':
		return S_IFIFO;
	default: /* c and u */
		return S_IFCHR;
	}
}

static unsigned int
device_number (struct spec_context *c, const int64_t *member, bool is_there, unsigned int maximum)
{
	if (!is_there)
		spec_problem (c, member, "is missing: a device node needs major and minor");
	else if (*member < 0 || *member > maximum)
		spec_problem (c, member, "must be a number from 0 to %u", maximum);
	else
		return (unsigned int) *member;
	return 0;
}

/* A device that is there already: the same, which the config may give another mode and owner, or
 * a contradiction. */
static struct device_plan *
find_same (struct spec_context *c, const struct oci_linux_device *device,
	const struct device_plan *wanted)
{
	for (size_t i = 0; i < c->plan.n_devices; i++) {
		struct device_plan *other = &c->plan.devices[i];

		if (!str_equal (other->path, wanted->path))
			continue;
		if (other->type != wanted->type || other->major != wanted->major ||
			other->minor != wanted->minor)
			spec_problem (c, &device->path, "'%s' is %s, and is another device",
				other->path, other->at ? "there twice" : "a default device");
		return other;
	}
	return NULL;
}

static void
add_device (struct spec_context *c, const struct oci_linux_device *device)
{
	struct device_plan wanted = {
		.at = spec_at (c, device->place),
		.path = device->path,
		.mode = device->has_file_mode ? device->file_mode & MODE_BITS : MODE_DEFAULT,
		.uid = device->uid,
		.gid = device->gid,
	};
	struct device_plan *same;

	if (!device->path || !device->type)
		return;
	if (device->path[0] != '/')
		spec_problem (c, &device->path, "'%s' is not an absolute path", device->path);
	wanted.type = type_of (device->type);
	if (wanted.type != S_IFIFO) {
		wanted.major = device_number (c, &device->major, device->has_major, MAJOR_MAX);
		wanted.minor = device_number (c, &device->minor, device->has_minor, MINOR_MAX);
	}
	same = find_same (c, device, &wanted);
	*(same ? same : &c->plan.devices[c->plan.n_devices++]) = wanted;
}

void
spec_devices (struct spec_context *c, const struct oci_linux *linux)
{
	struct plan *plan = &c->plan;
	size_t n = linux ? linux->n_devices : 0;

	plan->n_devices = ARRAY_SIZE (defaults);
	plan->devices = spec_alloc (c, ARRAY_SIZE (defaults) + n, sizeof *plan->devices);
	for (size_t i = 0; i < ARRAY_SIZE (defaults); i++)
		plan->devices[i] = defaults[i];
	for (size_t i = 0; i < n; i++)
		add_device (c, linux->devices[i]);
}
