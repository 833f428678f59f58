/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * timestamp: points in time as RFC 3339 has them, always in UTC: no look at the time zone's files.
 */
#pragma once

#include <time.h>

#define TIMESTAMP_SIZE 40

/* "2026-11-24T04:48:21.123456789Z" with `digits` (0 to 9) of the fraction, cut and not rounded; with
 * 0 digits there is no point either. For years 0 to 9999. */
void timestamp_format (struct timespec when, unsigned int digits, char out[TIMESTAMP_SIZE]);

/* The same of now. */
void timestamp_now (unsigned int digits, char out[TIMESTAMP_SIZE]);
