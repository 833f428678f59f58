/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The tables of what is read, and the parsers of the kernel's few forms: a number, keys with numbers,
 * devices with keys and numbers. Source: cgroup-v1/, cgroup-v2.rst, accounting/psi.rst.
 */
#include "cgroup/stats.h"
#include "base/auto.h"
#include "base/fd.h"
#include "base/str.h"
#include "cgroup/driver.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILE_LIMIT (16 << 20)
#define NS_PER_S 1000000000

struct reader {
	struct cgroup *cgroup;
	struct arena *arena;
	struct cgroup_stats *stats;
};

/* The place that counts for a controller on that version, or NULL. */
static struct place *
place_of (struct reader *reader, const char *controller, bool is_v2)
{
	struct place *place = cgroup_place_v1 (reader->cgroup, controller);

	if (is_v2)
		place = place ? NULL : cgroup_place_v2 (reader->cgroup);
	return place && place->is_there ? place : NULL;
}

/* A whole file, in the arena. NULL without an error when it is not there. */
static int
read_text (
	struct reader *reader, struct place *place, const char *file, char **out, struct error *err)
{
	autofree char *text = NULL;
	autofd fd = place_open_file (place, file, O_RDONLY, err);

	*out = NULL;
	if (fd < 0)
		return err->code == ENOENT ? 0 : -1;
	if (fd_read_all (fd, FILE_LIMIT, &text, NULL, file, err) < 0)
		/* some files are there and have nothing to say: no PSI, or a device that is gone */
		return err->code == EOPNOTSUPP || err->code == ENODEV ? 0 : -1;
	*out = arena_strdup (reader->arena, text);
	return 0;
}

static bool
parse_u64 (const char *text, uint64_t *out)
{
	*out = UINT64_MAX;
	return str_equal (text, "max") || str_to_u64 (text, UINT64_MAX, out);
}

/* Lines "key number". */
static void
parse_pairs (struct reader *reader, char *text, struct cgroup_pairs *out)
{
	size_t n_lines = 1;
	char *line;

	for (const char *p = text; *p; p++)
		n_lines += *p == '\n';
	out->entries = arena_alloc (reader->arena, n_lines * sizeof *out->entries);
	out->n = 0;
	while ((line = strsep (&text, "\n"))) {
		char *key = strsep (&line, " ");

		if (line && parse_u64 (line, &out->entries[out->n].value))
			out->entries[out->n++].key = key;
	}
}

static const struct cgroup_pair *
find_pair (const struct cgroup_pairs *pairs, const char *key)
{
	for (size_t i = 0; i < pairs->n; i++)
		if (str_equal (pairs->entries[i].key, key))
			return &pairs->entries[i];
	return NULL;
}

/* ---- numbers */

#define AT(member) offsetof (struct cgroup_stats, member)

static const struct number {
	bool is_v2;
	const char *controller;
	const char *file;
	const char *key; /* NULL: the file is the number */
	uint64_t factor;
	size_t offset; /* of the struct opt_u64 */
} numbers[] = {
	{ false, "cpuacct", "cpuacct.usage", NULL, 1, AT (cpu.total) },
	{ false, "cpu", "cpu.stat", "nr_periods", 1, AT (cpu.periods) },
	{ false, "cpu", "cpu.stat", "nr_throttled", 1, AT (cpu.throttled_periods) },
	{ false, "cpu", "cpu.stat", "throttled_time", 1, AT (cpu.throttled_time) },
	{ false, "memory", "memory.usage_in_bytes", NULL, 1, AT (memory.memory.usage) },
	{ false, "memory", "memory.max_usage_in_bytes", NULL, 1, AT (memory.memory.max) },
	{ false, "memory", "memory.failcnt", NULL, 1, AT (memory.memory.failcnt) },
	{ false, "memory", "memory.limit_in_bytes", NULL, 1, AT (memory.memory.limit) },
	{ false, "memory", "memory.memsw.usage_in_bytes", NULL, 1, AT (memory.swap.usage) },
	{ false, "memory", "memory.memsw.max_usage_in_bytes", NULL, 1, AT (memory.swap.max) },
	{ false, "memory", "memory.memsw.failcnt", NULL, 1, AT (memory.swap.failcnt) },
	{ false, "memory", "memory.memsw.limit_in_bytes", NULL, 1, AT (memory.swap.limit) },
	{ false, "memory", "memory.kmem.usage_in_bytes", NULL, 1, AT (memory.kernel.usage) },
	{ false, "memory", "memory.kmem.max_usage_in_bytes", NULL, 1, AT (memory.kernel.max) },
	{ false, "memory", "memory.kmem.failcnt", NULL, 1, AT (memory.kernel.failcnt) },
	{ false, "memory", "memory.kmem.limit_in_bytes", NULL, 1, AT (memory.kernel.limit) },
	{ false, "memory", "memory.kmem.tcp.usage_in_bytes", NULL, 1,
		AT (memory.kernel_tcp.usage) },
	{ false, "memory", "memory.kmem.tcp.max_usage_in_bytes", NULL, 1,
		AT (memory.kernel_tcp.max) },
	{ false, "memory", "memory.kmem.tcp.failcnt", NULL, 1, AT (memory.kernel_tcp.failcnt) },
	{ false, "memory", "memory.kmem.tcp.limit_in_bytes", NULL, 1,
		AT (memory.kernel_tcp.limit) },
	{ false, "memory", "memory.stat", "cache", 1, AT (memory.cache) },
	{ false, "pids", "pids.current", NULL, 1, AT (pids.current) },
	{ false, "pids", "pids.max", NULL, 1, AT (pids.limit) },

	{ true, "cpu", "cpu.stat", "usage_usec", 1000, AT (cpu.total) },
	{ true, "cpu", "cpu.stat", "user_usec", 1000, AT (cpu.user) },
	{ true, "cpu", "cpu.stat", "system_usec", 1000, AT (cpu.kernel) },
	{ true, "cpu", "cpu.stat", "nr_periods", 1, AT (cpu.periods) },
	{ true, "cpu", "cpu.stat", "nr_throttled", 1, AT (cpu.throttled_periods) },
	{ true, "cpu", "cpu.stat", "throttled_usec", 1000, AT (cpu.throttled_time) },
	{ true, "memory", "memory.current", NULL, 1, AT (memory.memory.usage) },
	{ true, "memory", "memory.peak", NULL, 1, AT (memory.memory.max) },
	{ true, "memory", "memory.events", "max", 1, AT (memory.memory.failcnt) },
	{ true, "memory", "memory.max", NULL, 1, AT (memory.memory.limit) },
	{ true, "memory", "memory.swap.current", NULL, 1, AT (memory.swap.usage) },
	{ true, "memory", "memory.swap.events", "max", 1, AT (memory.swap.failcnt) },
	{ true, "memory", "memory.swap.max", NULL, 1, AT (memory.swap.limit) },
	{ true, "memory", "memory.stat", "file", 1, AT (memory.cache) },
	{ true, "pids", "pids.current", NULL, 1, AT (pids.current) },
	{ true, "pids", "pids.max", NULL, 1, AT (pids.limit) },
};

static int
read_numbers (struct reader *reader, struct error *err)
{
	const struct number *read = NULL; /* the row whose file `pairs` is */
	struct cgroup_pairs pairs = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE (numbers); i++) {
		const struct number *row = &numbers[i];
		struct opt_u64 *out = (struct opt_u64 *) ((char *) reader->stats + row->offset);
		struct place *place = place_of (reader, row->controller, row->is_v2);
		const struct cgroup_pair *pair;
		char *text;

		if (!place)
			continue;
		if (!row->key) {
			out->set = place_read_u64 (place, row->file, &out->value, err) == 0;
			if (!out->set && err->code != ENOENT && err->code != EOPNOTSUPP)
				return -1;
			continue;
		}
		if (!read || read->is_v2 != row->is_v2 || !str_equal (read->file, row->file)) {
			if (read_text (reader, place, row->file, &text, err) < 0)
				return -1;
			pairs.n = 0;
			if (text)
				parse_pairs (reader, text, &pairs);
			read = row;
		}
		pair = find_pair (&pairs, row->key);
		out->set = pair != NULL;
		out->value = pair ? pair->value * row->factor : 0;
	}
	return 0;
}

/* cgroup2 counts swap alone. */
static void
add_memory_to_swap (struct reader *reader)
{
	struct cgroup_usage *swap = &reader->stats->memory.swap;
	const struct cgroup_usage *memory = &reader->stats->memory.memory;

	if (!place_of (reader, "memory", true))
		return;
	if (swap->usage.set && memory->usage.set)
		swap->usage.value += memory->usage.value;
	if (swap->limit.set && memory->limit.set &&
		__builtin_add_overflow (swap->limit.value, memory->limit.value, &swap->limit.value))
		swap->limit.value = UINT64_MAX;
}

/* ---- what v1 has in forms of its own */

/* cpuacct.stat is in ticks; cpuacct.usage_percpu is a line of numbers. */
static int
read_cpuacct (struct reader *reader, struct error *err)
{
	struct place *place = place_of (reader, "cpuacct", false);
	struct cgroup_stats *stats = reader->stats;
	uint64_t tick = NS_PER_S / (uint64_t) sysconf (_SC_CLK_TCK);
	const struct cgroup_pair *user, *kernel;
	struct cgroup_pairs pairs = { 0 };
	char *text, *word;

	if (!place)
		return 0;
	if (read_text (reader, place, "cpuacct.stat", &text, err) < 0)
		return -1;
	if (text)
		parse_pairs (reader, text, &pairs);
	user = find_pair (&pairs, "user");
	kernel = find_pair (&pairs, "system");
	if (user)
		stats->cpu.user = (struct opt_u64){ true, user->value * tick };
	if (kernel)
		stats->cpu.kernel = (struct opt_u64){ true, kernel->value * tick };
	if (read_text (reader, place, "cpuacct.usage_percpu", &text, err) < 0)
		return -1;
	if (!text)
		return 0;
	stats->cpu.percpu =
		arena_alloc (reader->arena, (strlen (text) / 2 + 1) * sizeof *stats->cpu.percpu);
	while ((word = strsep (&text, " \n")))
		if (str_to_u64 (word, UINT64_MAX, &stats->cpu.percpu[stats->cpu.n_percpu]))
			stats->cpu.n_percpu++;
	return 0;
}

static bool
parse_device (char *text, struct cgroup_io *out)
{
	const char *major = strsep (&text, ":");

	return text && str_to_u64 (major, UINT32_MAX, &out->major) &&
	       str_to_u64 (text, UINT32_MAX, &out->minor);
}

/* Lines "8:0 Read 4096" or "8:0 4096"; "Total 4096" is the sum of what is there already. */
static void
parse_io_v1 (struct reader *reader, char *text, struct cgroup_io_list *out)
{
	size_t n_lines = 1;
	char *line;

	for (const char *p = text; *p; p++)
		n_lines += *p == '\n';
	out->entries = arena_alloc (reader->arena, n_lines * sizeof *out->entries);
	while ((line = strsep (&text, "\n"))) {
		struct cgroup_io *entry = &out->entries[out->n];
		char *device = strsep (&line, " ");
		char *second = line ? strsep (&line, " ") : NULL;

		if (!second || !parse_device (device, entry))
			continue;
		entry->operation = line ? second : "";
		if (str_to_u64 (line ? line : second, UINT64_MAX, &entry->value))
			out->n++;
	}
}

/* The first of the files that has something counts: those of the I/O scheduler, or throttling's. */
static const struct io_file {
	size_t offset; /* of the struct cgroup_io_list */
	const char *files[5];
} io_files[] = {
	{ AT (io.service_bytes),
		{ "blkio.bfq.io_service_bytes_recursive", "blkio.io_service_bytes_recursive",
			"blkio.throttle.io_service_bytes_recursive",
			"blkio.throttle.io_service_bytes" } },
	{ AT (io.serviced),
		{ "blkio.bfq.io_serviced_recursive", "blkio.io_serviced_recursive",
			"blkio.throttle.io_serviced_recursive", "blkio.throttle.io_serviced" } },
	{ AT (io.queued), { "blkio.bfq.io_queued_recursive", "blkio.io_queued_recursive" } },
	{ AT (io.service_time),
		{ "blkio.bfq.io_service_time_recursive", "blkio.io_service_time_recursive" } },
	{ AT (io.wait_time),
		{ "blkio.bfq.io_wait_time_recursive", "blkio.io_wait_time_recursive" } },
	{ AT (io.merged), { "blkio.bfq.io_merged_recursive", "blkio.io_merged_recursive" } },
	{ AT (io.time), { "blkio.bfq.time_recursive", "blkio.time_recursive" } },
	{ AT (io.sectors), { "blkio.bfq.sectors_recursive", "blkio.sectors_recursive" } },
};

static int
read_io_v1 (struct reader *reader, struct error *err)
{
	struct place *place = place_of (reader, "blkio", false);

	for (size_t i = 0; place && i < ARRAY_SIZE (io_files); i++) {
		struct cgroup_io_list *out =
			(struct cgroup_io_list *) ((char *) reader->stats + io_files[i].offset);

		for (const char *const *file = io_files[i].files; *file && out->n == 0; file++) {
			char *text;

			if (read_text (reader, place, *file, &text, err) < 0)
				return -1;
			if (text)
				parse_io_v1 (reader, text, out);
		}
	}
	return 0;
}

/* ---- what cgroup2 has in forms of its own */

static const struct {
	const char *key, *operation;
	size_t offset;
} io_keys[] = {
	{ "rbytes", "Read", AT (io.service_bytes) },
	{ "wbytes", "Write", AT (io.service_bytes) },
	{ "dbytes", "Discard", AT (io.service_bytes) },
	{ "rios", "Read", AT (io.serviced) },
	{ "wios", "Write", AT (io.serviced) },
	{ "dios", "Discard", AT (io.serviced) },
};

/* One word of a line of io.stat, "rbytes=4096". */
static void
add_io_v2 (struct reader *reader, const struct cgroup_io *device, char *word)
{
	char *key = strsep (&word, "=");

	for (size_t i = 0; word && i < ARRAY_SIZE (io_keys); i++) {
		struct cgroup_io_list *list =
			(struct cgroup_io_list *) ((char *) reader->stats + io_keys[i].offset);
		struct cgroup_io *entry = &list->entries[list->n];

		if (!str_equal (key, io_keys[i].key))
			continue;
		*entry = *device;
		entry->operation = io_keys[i].operation;
		if (str_to_u64 (word, UINT64_MAX, &entry->value))
			list->n++;
	}
}

static int
read_io_v2 (struct reader *reader, struct error *err)
{
	struct place *place =
		cgroup_place_v1 (reader->cgroup, "blkio") ? NULL : place_of (reader, "io", true);
	size_t n_words = 1;
	char *text, *line;

	if (!place || read_text (reader, place, "io.stat", &text, err) < 0)
		return place ? -1 : 0;
	for (const char *p = text; p && *p; p++)
		n_words += *p == '=';
	for (size_t i = 0; i < ARRAY_SIZE (io_keys); i++) {
		struct cgroup_io_list *list =
			(struct cgroup_io_list *) ((char *) reader->stats + io_keys[i].offset);

		if (!list->entries)
			list->entries =
				arena_alloc (reader->arena, n_words * sizeof *list->entries);
	}
	while ((line = strsep (&text, "\n"))) {
		struct cgroup_io device = { 0 };
		char *word = strsep (&line, " ");

		if (!parse_device (word, &device))
			continue;
		while ((word = strsep (&line, " ")))
			add_io_v2 (reader, &device, word);
	}
	return 0;
}

/* "1.25" in hundredths. */
static uint64_t
parse_hundredths (char *text)
{
	const char *whole = strsep (&text, ".");
	uint64_t hundreds = 0, rest = 0;

	if (!str_to_u64 (whole, UINT32_MAX, &hundreds) || (text && !str_to_u64 (text, 99, &rest)))
		return 0;
	return hundreds * 100 + rest;
}

/* Lines "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and the same with "full". */
static void
parse_pressure (char *text, struct cgroup_pressure *out)
{
	char *line;

	while ((line = strsep (&text, "\n"))) {
		const char *kind = strsep (&line, " ");
		struct cgroup_stall *stall = str_equal (kind, "full") ? &out->full : &out->some;
		char *word;

		while (line && (word = strsep (&line, " "))) {
			const char *key = strsep (&word, "=");

			if (!word)
				continue;
			if (str_equal (key, "avg10"))
				stall->avg10 = parse_hundredths (word);
			else if (str_equal (key, "avg60"))
				stall->avg60 = parse_hundredths (word);
			else if (str_equal (key, "avg300"))
				stall->avg300 = parse_hundredths (word);
			else if (str_equal (key, "total"))
				out->is_set |= str_to_u64 (word, UINT64_MAX, &stall->total);
		}
	}
}

static const struct {
	const char *file;
	size_t offset;
} pressures[] = {
	{ "cpu.pressure", AT (cpu.pressure) },
	{ "memory.pressure", AT (memory.pressure) },
	{ "io.pressure", AT (io.pressure) },
};

static int
read_pressures (struct reader *reader, struct error *err)
{
	struct place *place = cgroup_place_v2 (reader->cgroup);

	for (size_t i = 0; place && place->is_there && i < ARRAY_SIZE (pressures); i++) {
		char *text;

		if (read_text (reader, place, pressures[i].file, &text, err) < 0)
			return -1;
		if (text)
			parse_pressure (text, (struct cgroup_pressure *) ((char *) reader->stats +
									  pressures[i].offset));
	}
	return 0;
}

/* ---- both */

static int
read_memory_stat (struct reader *reader, struct error *err)
{
	struct place *v1 = place_of (reader, "memory", false);
	struct place *place = v1 ? v1 : place_of (reader, "memory", true);
	char *text;

	if (!place)
		return 0;
	if (read_text (reader, place, "memory.stat", &text, err) < 0)
		return -1;
	if (text)
		parse_pairs (reader, text, &reader->stats->memory.raw);
	return 0;
}

static int
read_cpuset (struct reader *reader, struct error *err)
{
	struct place *v1 = place_of (reader, "cpuset", false);
	struct place *place = v1 ? v1 : place_of (reader, "cpuset", true);
	char *cpus = NULL, *mems = NULL;

	if (!place)
		return 0;
	if (read_text (reader, place, v1 ? "cpuset.effective_cpus" : "cpuset.cpus.effective", &cpus,
		    err) < 0 ||
		read_text (reader, place, v1 ? "cpuset.effective_mems" : "cpuset.mems.effective",
			&mems, err) < 0)
		return -1;
	reader->stats->cpuset.cpus = cpus ? strsep (&cpus, "\n") : NULL;
	reader->stats->cpuset.mems = mems ? strsep (&mems, "\n") : NULL;
	return 0;
}

static int
read_number (struct place *place, const char *file, struct opt_u64 *out, struct error *err)
{
	out->set = place_read_u64 (place, file, &out->value, err) == 0;
	return out->set || err->code == ENOENT ? 0 : -1;
}

static int
read_one_hugepage_size (
	struct reader *reader, struct place *place, struct cgroup_hugepages *out, struct error *err)
{
	static const char *const v1[] = { "usage_in_bytes", "max_usage_in_bytes", "failcnt",
		"limit_in_bytes" };
	static const char *const v2[] = { "current", "peak", "events", "max" };
	struct opt_u64 *numbers[] = { &out->usage.usage, &out->usage.max, &out->usage.failcnt,
		&out->usage.limit };

	for (size_t i = 0; i < ARRAY_SIZE (numbers); i++) {
		const char *file = arena_printf (reader->arena, "hugetlb.%s.%s", out->page_size,
			place->is_v2 ? v2[i] : v1[i]);
		struct cgroup_pairs pairs = { 0 };
		const struct cgroup_pair *pair;
		char *text;

		if (!place->is_v2 || i != 2) {
			if (read_number (place, file, numbers[i], err) < 0)
				return -1;
			continue;
		}
		if (read_text (reader, place, file, &text, err) < 0)
			return -1;
		if (text)
			parse_pairs (reader, text, &pairs);
		pair = find_pair (&pairs, "max");
		*numbers[i] = (struct opt_u64){ pair != NULL, pair ? pair->value : 0 };
	}
	return 0;
}

static void
close_dir (DIR **dir)
{
	if (*dir)
		closedir (*dir);
}

/* Which page sizes there are is in the files' names: hugetlb.SIZE.current, or .usage_in_bytes. */
static int
read_hugepages (struct reader *reader, struct error *err)
{
	struct place *v1 = place_of (reader, "hugetlb", false);
	struct place *place = v1 ? v1 : place_of (reader, "hugetlb", true);
	const char *suffix = v1 ? ".usage_in_bytes" : ".current";
	AUTO (close_dir) DIR *dir = place ? opendir (place->path) : NULL;
	struct cgroup_stats *stats = reader->stats;
	const struct dirent *entry;

	if (!dir)
		return 0;
	stats->hugepages = arena_alloc (reader->arena, 16 * sizeof *stats->hugepages);
	while ((entry = readdir (dir)) && stats->n_hugepages < 16) {
		const char *size = entry->d_name + strlen ("hugetlb.");
		size_t n;

		if (!str_starts (entry->d_name, "hugetlb."))
			continue;
		n = strcspn (size, ".");
		if (!str_equal (size + n, suffix))
			continue;
		stats->hugepages[stats->n_hugepages].page_size =
			arena_strndup (reader->arena, size, n);
		if (read_one_hugepage_size (
			    reader, place, &stats->hugepages[stats->n_hugepages++], err) < 0)
			return -1;
	}
	return 0;
}

/* Lines "mlx5_1 hca_handle=2 hca_object=max". */
static void
parse_rdma (struct reader *reader, char *text, struct cgroup_rdma **out, size_t *out_n)
{
	size_t n_lines = 1;
	char *line, *word;

	for (const char *p = text; *p; p++)
		n_lines += *p == '\n';
	*out = arena_alloc (reader->arena, n_lines * sizeof **out);
	while ((line = strsep (&text, "\n"))) {
		struct cgroup_rdma *entry = &(*out)[*out_n];

		entry->device = strsep (&line, " ");
		if (!line)
			continue;
		while ((word = strsep (&line, " "))) {
			const char *key = strsep (&word, "=");
			struct opt_u64 *number = str_equal (key, "hca_handle")
							 ? &entry->hca_handles
							 : &entry->hca_objects;

			if (word)
				number->set = parse_u64 (word, &number->value);
		}
		++*out_n;
	}
}

static int
read_rdma (struct reader *reader, struct error *err)
{
	struct place *v1 = place_of (reader, "rdma", false);
	struct place *place = v1 ? v1 : place_of (reader, "rdma", true);
	struct cgroup_stats *stats = reader->stats;
	char *current, *limit;

	if (!place)
		return 0;
	if (read_text (reader, place, "rdma.current", &current, err) < 0 ||
		read_text (reader, place, "rdma.max", &limit, err) < 0)
		return -1;
	if (current)
		parse_rdma (reader, current, &stats->rdma_current, &stats->n_rdma_current);
	if (limit)
		parse_rdma (reader, limit, &stats->rdma_limit, &stats->n_rdma_limit);
	return 0;
}

int
cgroup_read_stats (
	struct cgroup *cgroup, struct arena *arena, struct cgroup_stats *out, struct error *err)
{
	static int (*const parts[]) (struct reader * reader, struct error * err) = { read_numbers,
		read_cpuacct, read_cpuset, read_memory_stat, read_io_v1, read_io_v2, read_pressures,
		read_hugepages, read_rdma };
	struct cgroup_stats stats = { 0 };
	struct reader reader = { .cgroup = cgroup, .arena = arena, .stats = &stats };

	for (size_t i = 0; i < ARRAY_SIZE (parts); i++)
		if (parts[i](&reader, err) < 0)
			return -1;
	add_memory_to_swap (&reader);
	*out = stats;
	return 0;
}
