/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/timestamp.h"

#include <stdio.h>

#define DAY 86400
#define DAYS_400_YEARS 146097

/* The calendar, counted in years that begin in March, so that the leap day is a year's last one. gmtime
 * would do as well, but glibc's reads /etc/localtime before it. */
static void
civil_from_days (long days, long *out_year, int *out_month, int *out_day)
{
	long since = days + 719468; /* from 0000-03-01 on */
	long era = (since >= 0 ? since : since - (DAYS_400_YEARS - 1)) / DAYS_400_YEARS;
	long in_era = since - era * DAYS_400_YEARS;
	long year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	long in_year = in_era - (365 * year + year / 4 - year / 100);
	long march_month = (5 * in_year + 2) / 153;

	*out_day = (int) (in_year - (153 * march_month + 2) / 5 + 1);
	*out_month = (int) (march_month < 10 ? march_month + 3 : march_month - 9);
	*out_year = year + era * 400 + (*out_month <= 2);
}

void
timestamp_format (struct timespec when, unsigned int digits, char out[TIMESTAMP_SIZE])
{
	long seconds = (long) when.tv_sec;
	long days = seconds >= 0 ? seconds / DAY : (seconds - (DAY - 1)) / DAY;
	int in_day = (int) (seconds - days * DAY);
	long fraction = when.tv_nsec, year;
	int month, day, n;

	civil_from_days (days, &year, &month, &day);
	n = snprintf (out, TIMESTAMP_SIZE, "%04ld-%02d-%02dT%02d:%02d:%02d", year, month, day,
		in_day / 3600, in_day / 60 % 60, in_day % 60);
	for (unsigned int i = digits; i < 9; i++)
		fraction /= 10;
	if (digits == 0)
		snprintf (out + n, TIMESTAMP_SIZE - (size_t) n, "Z");
	else
		snprintf (out + n, TIMESTAMP_SIZE - (size_t) n, ".%0*ldZ", (int) digits, fraction);
}

void
timestamp_now (unsigned int digits, char out[TIMESTAMP_SIZE])
{
	struct timespec now;

	clock_gettime (CLOCK_REALTIME, &now);
	timestamp_format (now, digits, out);
}
