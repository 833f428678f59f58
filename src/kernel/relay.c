/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/relay.h"
#include "base/auto.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* How much is read after the program's end, far more than a terminal holds: another process that has
 * the slave open may write without end. */
#define LAST_READS 256

static int
open_stream (int fd, int mode, struct relay_stream *out, struct error *err)
{
	struct stat st;
	char path[32];

	if (fstat (fd, &st) < 0)
		return fail (err, errno, "look at fd %d", fd);
	out->is_socket = S_ISSOCK (st.st_mode);
	/* A file opened anew would lose its place, and does not block. */
	if (S_ISFIFO (st.st_mode) || S_ISCHR (st.st_mode)) {
		snprintf (path, sizeof path, "/proc/self/fd/%d", fd);
		out->fd = open (path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (out->fd >= 0)
			return 0;
		out->may_block = true;
	}
	out->fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
	if (out->fd < 0)
		return fail (err, errno, "duplicate fd %d", fd);
	return 0;
}

/* Raw: every key is the program's business. */
static int
make_raw (struct terminal_relay *relay, struct error *err)
{
	struct termios raw;

	if (tcgetattr (0, &relay->saved) < 0)
		return 0; /* not a terminal */
	raw = relay->saved;
	cfmakeraw (&raw);
	if (tcsetattr (0, TCSANOW, &raw) < 0)
		return fail (err, errno, "set the terminal to raw mode");
	relay->is_raw = true;
	return 0;
}

/* What goes to a file or a pipe has plain newlines and not a terminal's \r\n, as with runc. */
static int
write_plain_newlines (struct terminal_relay *relay, struct error *err)
{
	struct termios attributes;

	if (isatty (1))
		return 0;
	if (tcgetattr (relay->master, &attributes) < 0)
		return fail (err, errno, "read the container terminal's attributes");
	attributes.c_oflag &= ~(tcflag_t) ONLCR;
	if (tcsetattr (relay->master, TCSANOW, &attributes) < 0)
		return fail (err, errno, "set the container terminal's attributes");
	return 0;
}

static int
start (struct terminal_relay *relay, struct error *err)
{
	int flags = fcntl (relay->master, F_GETFL);

	if (flags < 0 || fcntl (relay->master, F_SETFL, flags | O_NONBLOCK) < 0)
		return fail (err, errno, "make the container's terminal not block");
	relay->slave = ioctl (relay->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (relay->slave < 0)
		return fail (err, errno, "open the slave of the container's terminal");
	if (open_stream (0, O_RDONLY, &relay->in, err) < 0 ||
		open_stream (1, O_WRONLY, &relay->out, err) < 0)
		return -1;
	if (write_plain_newlines (relay, err) < 0 || relay_resize (relay, err) < 0)
		return -1;
	relay->started = true;
	return make_raw (relay, err);
}

int
relay_start (struct terminal_relay *relay, int master, struct error *err)
{
	memset (relay, 0, offsetof (struct terminal_relay, input));
	relay->input.begin = relay->input.end = 0;
	relay->output.begin = relay->output.end = 0;
	relay->master = master;
	relay->slave = relay->in.fd = relay->out.fd = -1;
	if (start (relay, err) < 0) {
		relay_done (relay);
		return -1;
	}
	return 0;
}

static bool
is_empty (const struct relay_buffer *buffer)
{
	return buffer->begin == buffer->end;
}

static void
close_output (struct terminal_relay *relay)
{
	auto_close_fd (&relay->out.fd);
	relay->output.begin = relay->output.end = 0;
}

size_t
relay_fds (const struct terminal_relay *relay, struct pollfd fds[RELAY_FDS])
{
	struct pollfd master = { .fd = relay->master };
	size_t n = 0;

	if (is_empty (&relay->output))
		master.events |= POLLIN;
	else
		fds[n++] = (struct pollfd){ .fd = relay->out.fd, .events = POLLOUT };
	if (!is_empty (&relay->input))
		master.events |= POLLOUT;
	else if (relay->in.fd >= 0)
		fds[n++] = (struct pollfd){ .fd = relay->in.fd, .events = POLLIN };
	if (relay->master >= 0 && master.events)
		fds[n++] = master;
	return n;
}

/* read(2) into an empty buffer. 1: something was read, or nothing is there just now; 0: the end. */
static int
read_into (struct relay_buffer *buffer, int fd)
{
	ssize_t n = read (fd, buffer->data, sizeof buffer->data);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer->begin = 0;
	buffer->end = (size_t) n;
	return n > 0;
}

/* Writes from the buffer once. 1: well or not just now; 0: nobody reads there any more. */
static int
write_from (struct relay_buffer *buffer, const struct relay_stream *to)
{
	const char *data = buffer->data + buffer->begin;
	size_t size = buffer->end - buffer->begin;
	ssize_t n;

	if (to->may_block && size > PIPE_BUF)
		size = PIPE_BUF; /* what a pipe that polls as writable takes without blocking */
	if (to->is_socket)
		n = send (to->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		n = fd_write_quietly (to->fd, data, size);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	buffer->begin += (size_t) n;
	return 1;
}

/* At the end of our input the program reads an end of file: a terminal has a character for it, once
 * at the begin of a line, twice in the middle of one. */
static void
end_input (struct terminal_relay *relay)
{
	struct relay_buffer *buffer = &relay->input;
	struct termios attributes;

	auto_close_fd (&relay->in.fd);
	buffer->begin = buffer->end = 0;
	if (relay->master < 0 || tcgetattr (relay->master, &attributes) < 0 ||
		!(attributes.c_lflag & ICANON))
		return;
	for (int i = 0; i <= relay->is_mid_line; i++)
		buffer->data[buffer->end++] = (char) attributes.c_cc[VEOF];
}

static void
read_input (struct terminal_relay *relay)
{
	struct relay_buffer *buffer = &relay->input;

	if (!read_into (buffer, relay->in.fd))
		end_input (relay);
	else if (!is_empty (buffer))
		relay->is_mid_line = buffer->data[buffer->end - 1] != '\n';
}

static void
write_input (struct terminal_relay *relay)
{
	const struct relay_stream master = { .fd = relay->master };

	if (relay->master >= 0 && !write_from (&relay->input, &master))
		relay->input.begin = relay->input.end;
}

static void
write_output (struct terminal_relay *relay)
{
	if (!write_from (&relay->output, &relay->out))
		close_output (relay);
}

static void
read_output (struct terminal_relay *relay)
{
	bool more = read_into (&relay->output, relay->master);

	/* Once the program has ended, nothing there means that all is read: the kernel first brings in
	 * what was still on its way. */
	if (relay->program_ended && (is_empty (&relay->output) || --relay->last_reads == 0))
		more = false;
	if (!more)
		auto_close_fd (&relay->master);
	if (relay->out.fd < 0)
		relay->output.begin = relay->output.end = 0;
}

/* After the end nothing is waited for: another process may have the slave open and say nothing. */
static void
read_last_output (struct terminal_relay *relay)
{
	while (relay->program_ended && relay->master >= 0 && is_empty (&relay->output))
		read_output (relay);
}

int
relay_on_ready (struct terminal_relay *relay, const struct pollfd *fds, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		int fd = fds[i].fd;
		bool can_read = fds[i].revents & (POLLIN | POLLHUP | POLLERR);
		bool can_write = fds[i].revents & (POLLOUT | POLLHUP | POLLERR);

		if (fds[i].revents & POLLNVAL)
			return fail (err, EBADF, "poll fd %d of a terminal", fd);
		if (fd == relay->in.fd && can_read && is_empty (&relay->input))
			read_input (relay);
		if (fd == relay->out.fd && can_write && !is_empty (&relay->output))
			write_output (relay);
		if (fd == relay->master && can_write && !is_empty (&relay->input))
			write_input (relay);
		if (fd == relay->master && can_read && is_empty (&relay->output))
			read_output (relay);
	}
	/* What was just read can mostly be written at once, without another round of poll. */
	if (!is_empty (&relay->output) && relay->out.fd >= 0 && !relay->out.may_block)
		write_output (relay);
	if (!is_empty (&relay->input))
		write_input (relay);
	read_last_output (relay);
	return 0;
}

int
relay_resize (struct terminal_relay *relay, struct error *err)
{
	struct winsize size = { 0 };

	for (int fd = 0; fd < 3; fd++)
		if (ioctl (fd, TIOCGWINSZ, &size) == 0)
			break;
	if (relay->master < 0 || (size.ws_row == 0 && size.ws_col == 0))
		return 0; /* we have no terminal, or one that doesn't know */
	if (ioctl (relay->master, TIOCSWINSZ, &size) < 0)
		return fail (err, errno, "resize the container's terminal");
	return 0;
}

void
relay_program_ended (struct terminal_relay *relay)
{
	relay->program_ended = true;
	auto_close_fd (&relay->slave);
	auto_close_fd (&relay->in.fd);
	relay->input.begin = relay->input.end;
	relay->last_reads = LAST_READS;
	read_last_output (relay);
}

bool
relay_is_drained (const struct terminal_relay *relay)
{
	return relay->program_ended && relay->master < 0 && is_empty (&relay->output);
}

void
relay_done (struct terminal_relay *relay)
{
	int *const fds[] = { &relay->master, &relay->slave, &relay->in.fd, &relay->out.fd };

	if (relay->is_raw)
		error_ignore (
			tcsetattr (0, TCSANOW, &relay->saved), "the terminal may have gone away");
	relay->is_raw = false;
	relay->started = false;
	for (size_t i = 0; i < ARRAY_SIZE (fds); i++)
		if (*fds[i] > 0)
			auto_close_fd (fds[i]);
}
