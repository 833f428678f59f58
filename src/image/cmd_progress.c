/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How a pull gets on, on standard error: bars on a terminal, a line for each layer that is done in a
 * log, or JSON objects, one a line, for programs.
 */
#include "base/auto.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "image/command.h"
#include "image/digest.h"

#include <inttypes.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 24
#define MAX_LINES 40
#define JSON_INTERVAL 1000
#define BAR_INTERVAL 100

struct cmd_progress {
	int kind; /* PROGRESS_..., never PROGRESS_AUTO */
	bool *is_told; /* owned; of each layer, that it is done */
	size_t n;
	size_t lines; /* on the terminal, to be written over */
	double start;
	struct buffer text;
};

static double
now (void)
{
	struct timespec t;

	clock_gettime (CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

struct cmd_progress *
cmd_progress_new (const struct shared *shared)
{
	struct cmd_progress *progress = xcalloc (1, sizeof *progress);

	progress->kind = shared->progress ? shared->progress : PROGRESS_AUTO;
	if (shared->quiet)
		progress->kind = PROGRESS_NONE;
	if (progress->kind == PROGRESS_AUTO)
		progress->kind = shared->environment->has_terminal ? PROGRESS_AUTO : PROGRESS_PLAIN;
	progress->start = now ();
	return progress;
}

int
cmd_progress_interval (const struct cmd_progress *progress)
{
	return progress->kind == PROGRESS_JSON ? JSON_INTERVAL : BAR_INTERVAL;
}

static void
add_size (struct buffer *text, uint64_t bytes)
{
	static const char units[] = "kMGT";
	double value = (double) bytes;
	int unit = -1;

	while (value >= 999.5 && unit < 3) {
		value /= 1000;
		unit++;
	}
	if (unit < 0)
		buffer_printf (text, "%" PRIu64 " B", bytes);
	else
		buffer_printf (text, "%.*f %cB", value < 9.95 ? 1 : 0, value, units[unit]);
}

static const char *
word_of (const struct pull_progress *layer)
{
	switch (atomic_load (&layer->state)) {
	case PULL_WAITS:
		return "waiting";
	case PULL_IS_DONE:
		return layer->is_cached ? "cached" : "done";
	default:
		return atomic_load (&layer->fetched) == layer->size ? "unpacking" : "downloading";
	}
}

/* Bytes a second of what came in this run. */
static double
speed (const struct cmd_progress *progress, const struct pull_progress *layer)
{
	double seconds = now () - progress->start;
	uint64_t come = atomic_load (&layer->fetched) - atomic_load (&layer->resumed);

	return seconds > 0.05 && !layer->is_cached ? (double) come / seconds : 0;
}

/* ---- bars */

static void
add_bar (struct cmd_progress *progress, const struct pull_progress *layer)
{
	struct buffer *text = &progress->text;
	uint64_t fetched = atomic_load (&layer->fetched);
	size_t filled = layer->size ? (size_t) (fetched * BAR_WIDTH / layer->size) : BAR_WIDTH;
	double rate = speed (progress, layer);

	buffer_printf (text, "%.12s [", digest_hex (layer->digest));
	for (size_t i = 0; i < BAR_WIDTH; i++)
		buffer_add_char (text, i < filled ? '=' : ' ');
	buffer_add_text (text, "] ");
	add_size (text, fetched);
	buffer_add_text (text, " / ");
	add_size (text, layer->size);
	buffer_printf (text, ", %s", word_of (layer));
	if (atomic_load (&layer->state) == PULL_RUNS && rate > 0 && fetched < layer->size) {
		buffer_add_text (text, ", ");
		add_size (text, (uint64_t) rate);
		buffer_printf (text, "/s, %.0f s left", (double) (layer->size - fetched) / rate);
	}
	/* what is left of a longer line goes */
	buffer_add_text (text, "\033[K\n");
}

static void
show_bars (struct cmd_progress *progress, const struct pull_progress *layers, size_t n)
{
	size_t shown = n < MAX_LINES ? n : MAX_LINES;

	if (progress->lines > 0)
		buffer_printf (&progress->text, "\033[%zuA", progress->lines);
	for (size_t i = 0; i < shown; i++)
		add_bar (progress, &layers[i]);
	progress->lines = shown;
}

/* ---- lines */

static void
show_lines (struct cmd_progress *progress, const struct pull_progress *layers, size_t n)
{
	struct buffer *text = &progress->text;

	for (size_t i = 0; i < n; i++) {
		double rate = speed (progress, &layers[i]);

		if (progress->is_told[i] || atomic_load (&layers[i].state) != PULL_IS_DONE)
			continue;
		progress->is_told[i] = true;
		buffer_printf (text, "layer %zu of %zu: %s: %s, ", i + 1, n, layers[i].digest,
			word_of (&layers[i]));
		add_size (text, layers[i].size);
		if (rate > 0) {
			buffer_add_text (text, ", ");
			add_size (text, (uint64_t) rate);
			buffer_add_text (text, "/s");
		}
		buffer_add_char (text, '\n');
	}
}

/* ---- JSON */

static void
show_json (struct cmd_progress *progress, const struct pull_progress *layers, size_t n)
{
	struct json_writer json = { 0 };

	json_open_object (&json, NULL);
	json_open_array (&json, "layers");
	for (size_t i = 0; i < n; i++) {
		double rate = speed (progress, &layers[i]);
		uint64_t fetched = atomic_load (&layers[i].fetched);

		json_open_object (&json, NULL);
		json_string (&json, "digest", layers[i].digest);
		json_string (&json, "state", word_of (&layers[i]));
		json_uint (&json, "bytes", fetched);
		json_uint (&json, "size", layers[i].size);
		json_uint (&json, "unpackedBytes", atomic_load (&layers[i].unpacked));
		json_uint (&json, "bytesPerSecond", (uint64_t) rate);
		if (rate > 0)
			json_uint (&json, "secondsLeft",
				(uint64_t) ((double) (layers[i].size - fetched) / rate));
		json_close (&json);
	}
	json_close (&json);
	json_close (&json);
	buffer_printf (&progress->text, "%s\n", json.text.data);
	json_writer_done (&json);
}

void
cmd_progress_show (void *data, const struct pull_progress *layers, size_t n)
{
	struct cmd_progress *progress = data;
	struct buffer *text = &progress->text;

	if (progress->kind == PROGRESS_NONE)
		return;
	if (!progress->is_told) {
		progress->is_told = xcalloc (n + 1, sizeof *progress->is_told);
		progress->n = n;
	}
	text->size = 0;
	if (progress->kind == PROGRESS_AUTO)
		show_bars (progress, layers, n);
	else if (progress->kind == PROGRESS_JSON)
		show_json (progress, layers, n);
	else
		show_lines (progress, layers, n);
	if (text->size > 0)
		error_ignore (write (STDERR_FILENO, text->data, text->size),
			"nobody may be looking any more");
}

void
cmd_progress_free (struct cmd_progress **progress)
{
	buffer_done (&(*progress)->text);
	free ((*progress)->is_told);
	free (*progress);
	*progress = NULL;
}
