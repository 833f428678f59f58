/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel/netdev.h"
#include "base/auto.h"
#include "kernel/ns.h"
#include "kernel/rtnl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* What an address may keep of its flags. The others tell what the kernel makes of it. */
#define KEPT_FLAGS                                                                      \
	(IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | \
		IFA_F_MCAUTOJOIN)

/* A network namespace, as we deal with it. */
struct side {
	int ns; /* owned */
	int socket; /* owned; its rtnetlink */
};

struct address {
	struct ifaddrmsg header;
	uint32_t flags; /* IFA_F_* */
	struct rtnl_request message; /* to add it, but for header.ifa_index */
	char label[IFNAMSIZ]; /* "eth0:1" as "1"; "": none of its own */
};

struct moved {
	const struct net_device_plan *plan; /* borrowed */
	char name[IFNAMSIZ]; /* its own, at home */
	int home_index;
	int index; /* in the container; 0: it is at home */
	bool was_up;
	uint32_t master; /* index of the bridge or bond it was in; 0: none */
	struct address *addresses; /* owned */
	size_t n_addresses;
};

struct netdev_moves {
	struct side home, there;
	struct moved *entries; /* owned */
	size_t n;
};

/* ---- the two namespaces */

static void
side_done (struct side *side)
{
	auto_close_fd (&side->ns);
	auto_close_fd (&side->socket);
}

/* A socket is of the namespace that it is made in, so we go there and come back. */
static int
open_there (struct netdev_moves *moves, int ns_fd, struct error *err)
{
	struct error way_back;
	int r = ns_is_own (ns_fd, NS_NETWORK, err);

	if (r < 0)
		return -1;
	if (r > 0)
		return fail_hint (err, 0, "it would be the host's",
			"the container's network namespace is davit's own");
	moves->there.ns = fcntl (ns_fd, F_DUPFD_CLOEXEC, 0);
	if (moves->there.ns < 0)
		return fail (err, errno, "keep the network namespace open");
	if (ns_join (moves->there.ns, NS_NETWORK, err) < 0)
		return -1;
	moves->there.socket = rtnl_open (err);
	if (ns_join (moves->home.ns, NS_NETWORK, &way_back) < 0)
		return *err = way_back, error_prefix (err, "come back");
	return moves->there.socket < 0 ? -1 : 0;
}

static int
open_sides (struct netdev_moves *moves, int ns_fd, struct error *err)
{
	moves->home.ns = ns_open ("/proc/self/ns/net", NS_NETWORK, err);
	if (moves->home.ns < 0)
		return -1;
	moves->home.socket = rtnl_open (err);
	if (moves->home.socket < 0)
		return -1;
	return open_there (moves, ns_fd, err);
}

/* ---- links */

struct link {
	int index;
	unsigned int flags; /* IFF_* */
	uint32_t master;
	char name[IFNAMSIZ];
};

static void
read_link (void *data, const struct nlmsghdr *message)
{
	const struct ifinfomsg *info = NLMSG_DATA (message);
	const struct rtattr *first = IFLA_RTA (info);
	size_t size = IFLA_PAYLOAD (message);
	const struct rtattr *name = rtnl_find (first, size, IFLA_IFNAME);
	const struct rtattr *master = rtnl_find (first, size, IFLA_MASTER);
	struct link *link = data;

	if (message->nlmsg_type != RTM_NEWLINK)
		return;
	link->index = info->ifi_index;
	link->flags = info->ifi_flags;
	if (name)
		snprintf (link->name, sizeof link->name, "%s", (const char *) RTA_DATA (name));
	if (master)
		memcpy (&link->master, RTA_DATA (master), sizeof link->master);
}

/* By its name; ENODEV: there is none. */
static int
find_link (const struct side *side, const char *name, struct link *out, struct error *err)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct rtnl_request request;

	*out = (struct link){ 0 };
	rtnl_begin (&request, RTM_GETLINK, 0, &info, sizeof info);
	rtnl_add (&request, IFLA_IFNAME, name, strlen (name) + 1);
	return rtnl_ask (side->socket, &request, read_link, out, err);
}

static int
find_link_by_index (const struct side *side, int index, struct link *out, struct error *err)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct rtnl_request request;

	*out = (struct link){ 0 };
	rtnl_begin (&request, RTM_GETLINK, 0, &info, sizeof info);
	return rtnl_ask (side->socket, &request, read_link, out, err);
}

static int
rename_link (const struct side *side, int index, const char *name, struct error *err)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct rtnl_request request;

	rtnl_begin (&request, RTM_SETLINK, 0, &info, sizeof info);
	rtnl_add (&request, IFLA_IFNAME, name, strlen (name) + 1);
	return rtnl_ask (side->socket, &request, NULL, NULL, err);
}

static int
bring_up (const struct side *side, int index, struct error *err)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP };
	struct rtnl_request request;

	rtnl_begin (&request, RTM_SETLINK, 0, &info, sizeof info);
	return rtnl_ask (side->socket, &request, NULL, NULL, err);
}

/* The name is the one it has when it arrives. */
static int
send_link (const struct side *from, int index, int to_ns, const char *name, struct error *err)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct rtnl_request request;

	rtnl_begin (&request, RTM_SETLINK, 0, &info, sizeof info);
	rtnl_add (&request, IFLA_NET_NS_FD, &to_ns, sizeof to_ns);
	rtnl_add (&request, IFLA_IFNAME, name, strlen (name) + 1);
	return rtnl_ask (from->socket, &request, NULL, NULL, err);
}

/* ---- addresses */

/* Its own label goes along with a new name of the interface. */
static void
keep_label (const struct moved *moved, const struct rtattr *label, struct address *out)
{
	const char *text = label ? RTA_DATA (label) : "";
	size_t n = strlen (moved->name);

	if (strncmp (text, moved->name, n) == 0 && text[n] == ':')
		snprintf (out->label, sizeof out->label, "%s", text + n + 1);
}

static void
keep_address (void *data, const struct nlmsghdr *message)
{
	static const uint16_t kept[] = { IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST, IFA_RT_PRIORITY };
	const struct ifaddrmsg *header = NLMSG_DATA (message);
	const struct rtattr *first = IFA_RTA (header);
	size_t size = IFA_PAYLOAD (message);
	const struct rtattr *wide_flags = rtnl_find (first, size, IFA_FLAGS);
	uint32_t flags = header->ifa_flags;
	struct moved *moved = data;
	struct address *address;

	if (message->nlmsg_type != RTM_NEWADDR || (int) header->ifa_index != moved->home_index)
		return;
	if (wide_flags)
		memcpy (&flags, RTA_DATA (wide_flags), sizeof flags);
	if (!(flags & IFA_F_PERMANENT) || header->ifa_scope != RT_SCOPE_UNIVERSE)
		return;
	moved->addresses =
		xrealloc (moved->addresses, (moved->n_addresses + 1) * sizeof *moved->addresses);
	address = &moved->addresses[moved->n_addresses++];
	*address = (struct address){ .header = *header, .flags = flags & KEPT_FLAGS };
	address->header.ifa_flags = 0;
	rtnl_begin (&address->message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &address->header,
		sizeof address->header);
	for (size_t i = 0; i < ARRAY_SIZE (kept); i++) {
		const struct rtattr *attribute = rtnl_find (first, size, kept[i]);

		if (attribute)
			rtnl_add (&address->message, kept[i], RTA_DATA (attribute),
				RTA_PAYLOAD (attribute));
	}
	rtnl_add (&address->message, IFA_FLAGS, &address->flags, sizeof address->flags);
	keep_label (moved, rtnl_find (first, size, IFA_LABEL), address);
}

static int
keep_addresses (const struct side *side, struct moved *moved, struct error *err)
{
	const struct ifaddrmsg header = { .ifa_family = AF_UNSPEC,
		.ifa_index = (uint32_t) moved->home_index };
	struct rtnl_request request;

	rtnl_begin (&request, RTM_GETADDR, NLM_F_DUMP, &header, sizeof header);
	if (rtnl_ask (side->socket, &request, keep_address, moved, err) < 0)
		return error_prefix (err, "ask for the addresses");
	return 0;
}

static int
add_address (const struct side *side, const struct link *link, const struct address *address,
	struct error *err)
{
	struct rtnl_request request = address->message;
	struct ifaddrmsg *header = NLMSG_DATA (request.data);
	char label[2 * IFNAMSIZ];
	int n;

	header->ifa_index = (uint32_t) link->index;
	n = snprintf (label, sizeof label, "%s:%s", link->name, address->label);
	/* one that is too long now has none */
	if (*address->label && n < IFNAMSIZ)
		rtnl_add (&request, IFA_LABEL, label, (size_t) n + 1);
	return rtnl_ask (side->socket, &request, NULL, NULL, err);
}

static int
add_addresses (const struct side *side, const struct moved *moved, const struct link *link,
	struct error *err)
{
	for (size_t i = 0; i < moved->n_addresses; i++)
		if (add_address (side, link, &moved->addresses[i], err) < 0)
			return error_prefix (err, "give it its address back");
	return 0;
}

/* ---- there */

static int
check_name_there (
	const struct netdev_moves *moves, const struct net_device_plan *device, struct error *err)
{
	struct link other;

	/* the kernel counts up to a free one */
	if (strchr (device->new_name, '%'))
		return 0;
	if (find_link (&moves->there, device->new_name, &other, err) == 0)
		return fail_hint (err, EEXIST, "a name that ends with %d takes a free number",
			"the container's network namespace has an interface '%s'",
			device->new_name);
	return err->code == ENODEV ? 0 : -1;
}

static int
look_at (struct netdev_moves *moves, struct moved *moved, struct error *err)
{
	const struct net_device_plan *device = moved->plan;
	struct link link;

	if (find_link (&moves->home, device->name, &link, err) < 0)
		return error_prefix (err, "find the network interface '%s'", device->name);
	if (check_name_there (moves, device, err) < 0)
		return -1;
	moved->home_index = link.index;
	memcpy (moved->name, link.name, sizeof moved->name);
	moved->was_up = link.flags & IFF_UP;
	moved->master = link.master;
	return keep_addresses (&moves->home, moved, err);
}

/* It arrives under a name that nobody can have taken or expects: whatever happens then, it can be
 * found there, and the kernel can be left to choose the number of its new name. */
static int
move_one (struct netdev_moves *moves, struct moved *moved, struct error *err)
{
	const struct net_device_plan *device = moved->plan;
	struct link link;
	char passing[IFNAMSIZ];
	uint32_t random;

	if (getrandom (&random, sizeof random, GRND_NONBLOCK) != sizeof random)
		random = (uint32_t) getpid ();
	snprintf (passing, sizeof passing, "move-%08x", random);
	if (send_link (&moves->home, moved->home_index, moves->there.ns, passing, err) < 0)
		return -1;
	if (find_link (&moves->there, passing, &link, err) < 0)
		return -1;
	moved->index = link.index;
	if (rename_link (&moves->there, moved->index, device->new_name, err) < 0)
		return error_prefix (err, "name it '%s'", device->new_name);
	/* addresses go by the name, and a template's is known only now */
	if (find_link_by_index (&moves->there, moved->index, &link, err) < 0 ||
		add_addresses (&moves->there, moved, &link, err) < 0)
		return -1;
	if (bring_up (&moves->there, moved->index, err) < 0)
		return error_prefix (err, "bring it up");
	return 0;
}

static const char *
hint_for (int code)
{
	return code == EPERM	? "it needs CAP_NET_ADMIN in the namespace it leaves"
	       : code == EINVAL ? "some kinds of interface can't leave their namespace"
				: NULL;
}

static int
fail_to_move (const struct net_device_plan *device, struct error *err)
{
	struct error cause = *err;
	const char *hint = hint_for (cause.code);

	fail (err, 0, "move the network interface '%s': %s%s%s%s", device->name, cause.text,
		hint ? " (" : "", hint ? hint : "", hint ? ")" : "");
	err->code = cause.code;
	return error_prefix (err, "%s", device->at);
}

static int
move_all (struct netdev_moves *moves, struct error *err)
{
	for (size_t i = 0; i < moves->n; i++)
		if (look_at (moves, &moves->entries[i], err) < 0)
			return error_prefix (err, "%s", moves->entries[i].plan->at);
	for (size_t i = 0; i < moves->n; i++)
		if (move_one (moves, &moves->entries[i], err) < 0)
			return fail_to_move (moves->entries[i].plan, err);
	return 0;
}

int
netdev_move (const struct net_device_plan *devices, size_t n, int ns_fd, struct netdev_moves **out,
	struct error *err)
{
	struct netdev_moves *moves = xcalloc (1, sizeof *moves);

	*moves = (struct netdev_moves){ .home = { -1, -1 }, .there = { -1, -1 } };
	*out = moves;
	if (open_sides (moves, ns_fd, err) < 0)
		return error_prefix (err, "%s", devices[0].at);
	moves->entries = xcalloc (n, sizeof *moves->entries);
	moves->n = n;
	for (size_t i = 0; i < n; i++)
		moves->entries[i].plan = &devices[i];
	return move_all (moves, err);
}

/* ---- and back */

static int
join_master (const struct side *side, int index, uint32_t master, struct error *err)
{
	const struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	struct rtnl_request request;

	if (!master)
		return 0;
	rtnl_begin (&request, RTM_SETLINK, 0, &info, sizeof info);
	rtnl_add (&request, IFLA_MASTER, &master, sizeof master);
	return rtnl_ask (side->socket, &request, NULL, NULL, err);
}

static void
bring_home (struct netdev_moves *moves, struct moved *moved)
{
	struct error ignored;
	struct link link;

	if (moved->index == 0)
		return;
	if (send_link (&moves->there, moved->index, moves->home.ns, moved->name, &ignored) < 0 ||
		find_link (&moves->home, moved->name, &link, &ignored) < 0)
		return;
	moved->index = 0;
	error_ignore (join_master (&moves->home, link.index, moved->master, &ignored),
		"it is at home at least");
	error_ignore (
		add_addresses (&moves->home, moved, &link, &ignored), "it is at home at least");
	if (moved->was_up)
		error_ignore (
			bring_up (&moves->home, link.index, &ignored), "it is at home at least");
}

void
netdev_move_back (struct netdev_moves *moves)
{
	for (size_t i = moves ? moves->n : 0; i-- > 0;)
		bring_home (moves, &moves->entries[i]);
}

void
netdev_moves_free (struct netdev_moves *moves)
{
	if (!moves)
		return;
	for (size_t i = 0; i < moves->n; i++)
		free (moves->entries[i].addresses);
	free (moves->entries);
	side_done (&moves->home);
	side_done (&moves->there);
	free (moves);
}
