/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * optional: numbers that may be absent, which is not the same as 0.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct opt_bool {
	bool set;
	bool value;
};

struct opt_i64 {
	bool set;
	int64_t value;
};

struct opt_u64 {
	bool set;
	uint64_t value;
};
