/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * unit: what each unit test includes: cmocka and its prerequisites, in the order it wants.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#undef fail /* ours is in base/error.h */
