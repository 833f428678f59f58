/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * protocol: what parent, middle and init say to each other over one SEQPACKET socket.
 *
 *     parent              middle              init
 *       | <-- init is PID --- |  (exits)        |
 *       | ------------- ids are mapped -------> |
 *       | ----- control group is ready (fds) -> |
 *       | <------ network namespace (fd) ------ |
 *       | ------ network devices are there ---> |
 *       | <------------- console (fd) --------- |
 *       | <-------- run the runtime hooks ----- |
 *       | ------------ hooks have run --------> |
 *       | <-------------- ready --------------- |
 *       | ------------- recorded -------------> |  (`create`; the start comes through the gate)
 *       | --------------- start --------------> |  (`run`)
 *       |             end of file               |  (the program runs)
 *
 * Instead of any message to the parent "failed" may come, with the error. Each message has one sender
 * and both ends check it, and the order is that of the step tables: an unexpected one is an error. A
 * wait looks at the socket and at the peer's pidfd, so that nobody hangs on the dead.
 */
#pragma once

#include "base/error.h"
#include "launch/steps.h"

#include <sys/types.h>

enum message_kind {
	MESSAGE_INIT_PID,
	MESSAGE_IDS_MAPPED,
	MESSAGE_CGROUP_READY,
	MESSAGE_NETWORK,
	MESSAGE_DEVICES_MOVED,
	MESSAGE_CONSOLE,
	MESSAGE_RUN_RUNTIME_HOOKS,
	MESSAGE_HOOKS_DONE,
	MESSAGE_READY,
	MESSAGE_RECORDED,
	MESSAGE_START,
	MESSAGE_FAILED,
	MESSAGE_KINDS
};

/* As many fds may come with a message as a host has hierarchies of control groups, and some. */
#define MESSAGE_FDS 24

struct message {
	uint32_t kind; /* enum message_kind */
	uint32_t sender; /* enum actor */
	pid_t pid; /* init's, in the parent's pid namespace: of MESSAGE_INIT_PID and MESSAGE_CGROUP_READY */
	uint64_t
		ignored_signals; /* of MESSAGE_RECORDED and MESSAGE_START: as in struct proc_stat */
	struct error error; /* of MESSAGE_FAILED */
	int fds[MESSAGE_FDS]; /* received with it, owned by the receiver */
	size_t n_fds;
};

/* The words of the diagram above. */
const char *message_name (enum message_kind kind);

/* One end of the conversation. All fds are borrowed. */
struct channel {
	enum actor self;
	int socket;
	int peer_pidfd; /* -1 where the end of file alone tells that the peer is gone */
	int interrupt_fd; /* a signalfd: what comes there ends a wait with EINTR; -1: none */
};

/* Sends what message holds: its kind, its pid, and copies of its fds. Of MESSAGE_FAILED the error.
 * When the parent finds nobody to send to, what the child said of its failure is the error. */
CHECKED int message_send (
	const struct channel *channel, struct message *message, struct error *err);

/* The same of a message that is no more than its kind. */
CHECKED int message_say (const struct channel *channel, enum message_kind kind, struct error *err);

/* Closes the fds that came with a message. */
void message_close_fds (struct message *message);

/* The child's last words. Does not fail: there is nobody left to tell. */
void message_send_failure (const struct channel *channel, const struct error *failure);

/* Waits for the next message. Returns 1 with *out filled, 0 at the end of file (the peers have closed
 * their ends or have died), -1 on an error: a malformed message or a wrong sender. */
CHECKED int message_receive (const struct channel *channel, struct message *out, struct error *err);

/* The same where just one kind will do. MESSAGE_FAILED becomes its error; any other kind, and the
 * end of file, is an error that names what was waited for. */
CHECKED int message_expect (const struct channel *channel, enum message_kind kind,
	struct message *out, struct error *err);
