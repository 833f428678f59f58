/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/caps.h"
#include "base/syscalls.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#define BITS 64 /* numbers that the interface has room for */

static int
capability_exists (int number)
{
	return prctl (PR_CAPBSET_READ, (unsigned long) number, 0, 0, 0) >= 0;
}

uint64_t
caps_of_kernel (void)
{
	int n = CAPABILITIES;

	while (n > 0 && !capability_exists (n - 1))
		n--;
	if (n == CAPABILITIES)
		while (n < BITS && capability_exists (n))
			n++;
	return n == BITS ? UINT64_MAX : CAPABILITY_BIT (n) - 1;
}

int
caps_of_self (uint64_t *out, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall (SYS_capget, &header, data) < 0)
		return fail (err, errno, "read the own capabilities");
	*out = (uint64_t) data[1].permitted << 32 | data[0].permitted;
	return 0;
}

/* What the kernel will accept of each set when it is changed by a process that is permitted
 * `available`: see cap_capset() and the ambient rules in capabilities(7). */
static struct capability_sets
grantable (const struct capability_sets *asked, uint64_t available)
{
	struct capability_sets got = { .set = asked->set };

	got.bounding = asked->bounding & available;
	got.permitted = asked->permitted & available;
	got.effective = asked->effective & got.permitted;
	got.inheritable = asked->inheritable & available & asked->bounding;
	got.ambient = asked->ambient & got.permitted & got.inheritable;
	return got;
}

uint64_t
caps_ungrantable (const struct capability_sets *asked, uint64_t available)
{
	struct capability_sets got = grantable (asked, available);

	return (asked->bounding & ~got.bounding) | (asked->permitted & ~got.permitted) |
	       (asked->effective & ~got.effective) | (asked->inheritable & ~got.inheritable) |
	       (asked->ambient & ~got.ambient);
}

int
caps_drop_bounding (const struct capability_sets *sets, struct error *err)
{
	for (int n = 0; n < BITS; n++) {
		if (sets->bounding & CAPABILITY_BIT (n))
			continue;
		if (prctl (PR_CAPBSET_DROP, (unsigned long) n, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			return 0; /* the kernel has no such capability, nor any after it */
		if (errno == EPERM && prctl (PR_CAPBSET_READ, (unsigned long) n, 0, 0, 0) == 0)
			continue; /* it is not there to be dropped */
		return fail_hint (err, EPERM, "it needs CAP_SETPCAP",
			"drop %s from the bounding set",
			n < CAPABILITIES ? capability_names[n] : "a capability");
	}
	return 0;
}

int
caps_keep_over_setuid (struct error *err)
{
	if (prctl (PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return fail (err, errno, "keep capabilities while the user changes");
	return 0;
}

static int
raise_ambient (uint64_t ambient, struct error *err)
{
	for (int n = 0; ambient >> n; n++) {
		if (!(ambient & CAPABILITY_BIT (n)))
			continue;
		if (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, (unsigned long) n, 0, 0) < 0)
			return fail (err, errno, "raise ambient capability %s",
				n < CAPABILITIES ? capability_names[n] : "number > 40");
		if (n == BITS - 1)
			break;
	}
	return 0;
}

int
caps_apply (const struct capability_sets *sets, struct error *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	struct capability_sets got;
	uint64_t available;

	if (caps_of_self (&available, err) < 0)
		return -1;
	got = grantable (sets, available);
	/* capset() takes away from the ambient set what is no longer inheritable, so the caller's
	 * ambient set only lives on where something is. */
	if (got.inheritable != 0 && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return fail (err, errno, "clear the ambient capabilities");
	for (int half = 0; half < 2; half++) {
		data[half].effective = (uint32_t) (got.effective >> 32 * half);
		data[half].permitted = (uint32_t) (got.permitted >> 32 * half);
		data[half].inheritable = (uint32_t) (got.inheritable >> 32 * half);
	}
	if (sys_capset (&header, data) < 0)
		return fail (err, errno, "set the capabilities");
	return raise_ambient (got.ambient, err);
}
