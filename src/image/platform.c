/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/platform.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/str.h"

#include <errno.h>
#include <sys/utsname.h>

/* What uname(2) says, and what Go says; with the variant that such a machine is at least. */
static const struct {
	const char *machine, *architecture, *variant;
} machines[] = {
	{ "x86_64", "amd64", "" },
	{ "aarch64", "arm64", "" },
	{ "armv7l", "arm", "v7" },
	{ "armv8l", "arm", "v7" },
	{ "armv6l", "arm", "v6" },
	{ "armv5tel", "arm", "v5" },
	{ "i686", "386", "" },
	{ "i586", "386", "" },
	{ "i486", "386", "" },
	{ "i386", "386", "" },
	{ "riscv64", "riscv64", "" },
	{ "ppc64le", "ppc64le", "" },
	{ "ppc64", "ppc64", "" },
	{ "s390x", "s390x", "" },
	{ "loongarch64", "loong64", "" },
	{ "mips64", "mips64", "" },
};

/* The variant that a bare architecture means. */
static const struct {
	const char *architecture, *variant;
} defaults[] = {
	{ "amd64", "v1" },
	{ "arm64", "v8" },
	{ "arm", "v7" },
};

static void
set (char out[PLATFORM_PART_SIZE], const char *text)
{
	memcpy (out, text, strlen (text) + 1);
}

static int
of_this_machine (struct platform *out, struct error *err)
{
	struct utsname name;

	if (uname (&name) < 0)
		return fail (err, errno, "find out what machine this is");
	set (out->os, "linux");
	for (size_t i = 0; i < ARRAY_SIZE (machines); i++)
		if (str_equal (machines[i].machine, name.machine)) {
			set (out->architecture, machines[i].architecture);
			set (out->variant, machines[i].variant);
			return 0;
		}
	return fail (err, 0, "this machine, '%s', has no name among platforms: give --platform",
		name.machine);
}

int
platform_parse (const char *text, struct platform *out, struct error *err)
{
	char *parts[] = { out->os, out->architecture, out->variant };
	const char *p = text;

	*out = (struct platform){ 0 };
	if (!text)
		return of_this_machine (out, err);
	for (size_t i = 0; i < ARRAY_SIZE (parts); i++) {
		size_t n = strcspn (p, "/");

		if (n == 0 || n >= PLATFORM_PART_SIZE)
			break;
		memcpy (parts[i], p, n);
		p += n;
		if (*p == '\0' && i > 0)
			return 0;
		if (*p == '/')
			p++;
	}
	return fail (err, 0, "'%s' is no platform: it takes OS/ARCHITECTURE[/VARIANT]", text);
}

static const char *
variant_or_default (const char *architecture, const char *variant)
{
	if (variant && *variant)
		return variant;
	for (size_t i = 0; i < ARRAY_SIZE (defaults); i++)
		if (str_equal (defaults[i].architecture, architecture))
			return defaults[i].variant;
	return "";
}

/* "v7" -> 7; -1 if it is of no such form. */
static int
level (const char *variant)
{
	uint64_t n;

	return *variant == 'v' && str_to_u64 (variant + 1, 99, &n) ? (int) n : -1;
}

int
platform_rank (const struct platform *platform, const char *os, const char *architecture,
	const char *variant)
{
	const char *wanted = variant_or_default (platform->architecture, platform->variant);
	const char *offered;

	if (!os || !architecture || !str_equal (os, platform->os) ||
		!str_equal (architecture, platform->architecture))
		return 0;
	offered = variant_or_default (architecture, variant);
	if (str_equal (wanted, offered))
		return 1000;
	/* a newer machine runs what is for an older one */
	if (level (wanted) >= 0 && level (offered) >= 0 && level (offered) < level (wanted))
		return 100 + level (offered);
	return 0;
}

static int
rank (const struct platform *platform, const struct oci_manifest_descriptor *descriptor)
{
	const struct oci_platform *p = descriptor->platform;

	/* as image layouts have it, where there is but one image; and what hides from the choice:
	 * attestations are for unknown/unknown */
	if (!p)
		return 1;
	return platform_rank (platform, p->os, p->architecture, p->variant);
}

static int
fail_choice (const struct platform *platform, const struct oci_image_index *index, const char *what,
	struct error *err)
{
	struct buffer list = { 0 };

	for (size_t i = 0; i < index->n_manifests; i++) {
		const struct oci_platform *p = index->manifests[i]->platform;

		if (!p || str_equal (p->os, "unknown"))
			continue;
		buffer_printf (&list, "%s%s/%s%s%s", list.size ? ", " : "", p->os, p->architecture,
			p->variant ? "/" : "", p->variant ? p->variant : "");
	}
	fail (err, 0, "%s has no image for %s/%s%s%s; there is: %s", what, platform->os,
		platform->architecture, *platform->variant ? "/" : "", platform->variant,
		list.size ? list.data : "nothing");
	buffer_done (&list);
	return -1;
}

int
platform_choose (const struct platform *platform, const struct oci_image_index *index,
	const char *what, const struct oci_manifest_descriptor **out, struct error *err)
{
	int best = 0;

	for (size_t i = 0; i < index->n_manifests; i++) {
		int r = rank (platform, index->manifests[i]);

		if (r > best) {
			best = r;
			*out = index->manifests[i];
		}
	}
	return best > 0 ? 0 : fail_choice (platform, index, what, err);
}
