/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "container/events.h"
#include "base/auto.h"
#include "cgroup/oom_watch.h"
#include "container/container.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#define NS_PER_S 1000000000

struct watching {
	const struct events_request *request;
	struct container container;
	struct cgroup *cgroup; /* owned */
	struct oom_watch oom;
};

static uint64_t
now_ns (void)
{
	struct timespec now;

	clock_gettime (CLOCK_MONOTONIC, &now);
	return (uint64_t) now.tv_sec * NS_PER_S + (uint64_t) now.tv_nsec;
}

/* One line; without stats the type is all it tells. */
static int
tell (struct watching *watching, const char *type, const struct cgroup_stats *stats,
	struct error *err)
{
	struct json_writer json = { 0 };
	int r;

	json_open_object (&json, NULL);
	json_string (&json, "type", type);
	json_string (&json, "id", watching->request->id);
	if (stats)
		events_write_stats (&json, "data", stats);
	json_close (&json);
	buffer_add_char (&json.text, '\n');
	r = watching->request->write (json.text.data, err);
	json_writer_done (&json);
	return r;
}

static int
tell_stats (struct watching *watching, struct error *err)
{
	struct arena arena = { 0 };
	struct cgroup_stats stats = { 0 };
	int r = cgroup_read_stats (watching->cgroup, &arena, &stats, err);

	if (r == 0)
		r = tell (watching, "stats", &stats, err);
	arena_done (&arena);
	return r;
}

static int
tell_of_oom (struct watching *watching, struct error *err)
{
	int r = oom_watch_take (&watching->oom, err);

	return r > 0 ? tell (watching, "oom", NULL, err) : r;
}

/* Until `deadline`. Returns 1 when the container has ended. */
static int
wait_until (struct watching *watching, uint64_t deadline, struct error *err)
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = watching->container.pidfd, .events = POLLIN },
			{ .fd = watching->oom.fd, .events = POLLIN },
		};
		uint64_t now = now_ns (), left = now < deadline ? deadline - now : 0;
		struct timespec timeout = { .tv_sec = (time_t) (left / NS_PER_S),
			.tv_nsec = (long) (left % NS_PER_S) };
		int n = ppoll (fds, 2, &timeout, NULL);

		if (n < 0 && errno != EINTR)
			return fail (err, errno, "wait for events");
		if (n == 0)
			return 0;
		/* of what it died is told before that it did */
		if (tell_of_oom (watching, err) < 0)
			return -1;
		if (n > 0 && fds[0].revents)
			return 1;
	}
}

static int
watch (struct watching *watching, struct error *err)
{
	uint64_t deadline = now_ns ();
	int r;

	for (;;) {
		if (__builtin_add_overflow (deadline, watching->request->interval, &deadline))
			deadline = UINT64_MAX;
		r = wait_until (watching, deadline, err);
		if (r != 0)
			return r < 0 ? -1 : 0;
		if (tell_stats (watching, err) < 0)
			return -1;
	}
}

int
container_events (const struct events_request *request, struct error *err)
{
	struct watching watching = {
		.request = request,
		.container = { .dir_fd = -1, .pidfd = -1 },
		.oom = { .fd = -1 },
	};
	enum container_status status;
	int r = container_open (
		request->root, request->id, CONTAINER_LOOK, &watching.container, err);

	if (r == 0)
		r = container_status (&watching.container, &status, err);
	if (r == 0 && (status == CONTAINER_STOPPED || status == CONTAINER_CREATING))
		r = fail (err, 0, "container not running");
	if (r == 0)
		r = container_cgroup (&watching.container, &watching.cgroup, err);
	if (r == 0 && request->once)
		r = tell_stats (&watching, err);
	else if (r == 0 && oom_watch_begin (watching.cgroup, &watching.oom, err) < 0)
		r = -1;
	else if (r == 0)
		r = watch (&watching, err);
	oom_watch_done (&watching.oom);
	cgroup_free (watching.cgroup);
	container_done (&watching.container);
	return r;
}
