/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image/runtime_config.h"
#include "base/auto.h"
#include "base/buffer.h"
#include "base/json_writer.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/seccomp_profile.h"
#include "plan/signals.h"
#include "spec/template.h"

#include <errno.h>
#include <ocispec/runtime_config.h>

/* Nothing in the config is newer, and crun before 1.9 refuses to run what says 1.1 and on. */
#define SPEC_VERSION "1.0.2"
#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *const capabilities[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_FSETID",
	"CAP_FOWNER",
	"CAP_MKNOD",
	"CAP_NET_RAW",
	"CAP_SETGID",
	"CAP_SETUID",
	"CAP_SETFCAP",
	"CAP_SETPCAP",
	"CAP_NET_BIND_SERVICE",
	"CAP_SYS_CHROOT",
	"CAP_KILL",
	"CAP_AUDIT_WRITE",
};

/* Besides those of the template. */
static const char *const masked_paths[] = {
	"/proc/interrupts",
	"/sys/devices/virtual/powercap",
};

/* What runtimes take orders from: davit, crun, runc with the systemd driver, CRIU, crun's libkrun, Kata,
 * and the engines' own. */
static const char *const order_prefixes[] = {
	"run.oci.",
	"org.systemd.property.",
	"org.criu.",
	"krun.",
	"io.katacontainers.",
	"io.kubernetes.cri",
	"io.podman.annotations.",
	"module.wasm.image/",
	"com.davit.",
};

struct build {
	const struct runtime_config_request *request;
	const struct oci_container_config *image; /* never NULL */
	struct ocispec_doc doc;
	struct oci_runtime_config *config;
	struct arena *arena; /* the doc's */
};

/* ---- lists of strings in the arena */

struct strings {
	char **items;
	size_t n, room;
};

static void
add (struct build *build, struct strings *list, const char *text)
{
	if (list->n + 1 >= list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		char **items = arena_alloc (build->arena, room * sizeof *items);

		if (list->n > 0)
			memcpy (items, list->items, list->n * sizeof *items);
		list->items = items;
		list->room = room;
	}
	list->items[list->n++] = arena_strdup (build->arena, text);
	list->items[list->n] = NULL;
}

/* ---- the process */

static const char *
value_of (const struct strings *env, const char *name)
{
	size_t n = strlen (name);

	for (size_t i = 0; i < env->n; i++)
		if (strncmp (env->items[i], name, n) == 0 && env->items[i][n] == '=')
			return env->items[i] + n + 1;
	return NULL;
}

/* A name that is there already gets the new value, at its old place. */
static void
set_env (struct build *build, struct strings *env, const char *entry)
{
	size_t n = strcspn (entry, "=");

	for (size_t i = 0; i < env->n; i++)
		if (strncmp (env->items[i], entry, n + 1) == 0) {
			env->items[i] = arena_strdup (build->arena, entry);
			return;
		}
	add (build, env, entry);
}

static int
build_env (struct build *build, struct error *err)
{
	const struct option_list *more = build->request->overrides->env;
	struct strings env = { 0 };

	/* an entry without '=' would mean to some: take the value from the host */
	for (size_t i = 0; i < build->image->n_env; i++)
		if (strchr (build->image->env[i], '=') && build->image->env[i][0] != '=')
			set_env (build, &env, build->image->env[i]);
	for (size_t i = 0; more && i < more->n; i++) {
		if (!strchr (more->values[i], '=') || more->values[i][0] == '=')
			return fail (err, 0, "--env '%s': it takes NAME=VALUE", more->values[i]);
		set_env (build, &env, more->values[i]);
	}
	if (!value_of (&env, "PATH"))
		add (build, &env, DEFAULT_PATH);
	if (build->request->overrides->tty && !value_of (&env, "TERM"))
		add (build, &env, "TERM=xterm");
	if (!value_of (&env, "HOME"))
		add (build, &env,
			arena_printf (build->arena, "HOME=%s",
				build->request->user->home ? build->request->user->home : "/"));
	build->config->process->env = env.items;
	build->config->process->n_env = env.n;
	return 0;
}

static int
build_args (struct build *build, struct error *err)
{
	const struct runtime_overrides *overrides = build->request->overrides;
	const char *entrypoint = overrides->entrypoint;
	struct strings args = { 0 };

	if (entrypoint && *entrypoint)
		add (build, &args, entrypoint);
	for (size_t i = 0; !entrypoint && i < build->image->n_entrypoint; i++)
		add (build, &args, build->image->entrypoint[i]);
	for (size_t i = 0; i < overrides->n_args; i++)
		add (build, &args, overrides->args[i]);
	/* the image's Cmd goes with the image's Entrypoint */
	for (size_t i = 0; overrides->n_args == 0 && !entrypoint && i < build->image->n_cmd; i++)
		add (build, &args, build->image->cmd[i]);
	if (args.n == 0)
		return fail (err, 0, "the image says no command to execute: give one");
	build->config->process->args = args.items;
	build->config->process->n_args = args.n;
	return 0;
}

const char *
runtime_config_user (const struct image *image, const struct runtime_overrides *overrides)
{
	if (overrides->user)
		return overrides->user;
	return image->config->config ? image->config->config->user : NULL;
}

int
runtime_config_cwd (const struct image *image, const struct runtime_overrides *overrides,
	const char **out, struct error *err)
{
	const struct oci_container_config *config = image->config->config;
	const char *cwd = overrides->cwd ? overrides->cwd : config ? config->working_dir : NULL;

	if (!cwd || !*cwd)
		cwd = "/";
	if (*cwd != '/' || str_path_has_dotdot (cwd))
		return fail (err, 0, "'%s' can't be the working directory", cwd);
	*out = cwd;
	return 0;
}

static void
build_user (struct build *build)
{
	const struct passwd_user *user = build->request->user;
	struct oci_user *out = build->config->process->user;

	out->has_uid = out->has_gid = true;
	out->uid = user->uid;
	out->gid = user->gid;
	if (user->n_groups > 0) {
		out->additional_gids =
			arena_alloc (build->arena, user->n_groups * sizeof *out->additional_gids);
		memcpy (out->additional_gids, user->groups, user->n_groups * sizeof *user->groups);
		out->n_additional_gids = user->n_groups;
	}
}

static void
build_capabilities (struct build *build)
{
	struct oci_capabilities *sets = build->config->process->capabilities;
	struct strings all = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE (capabilities); i++)
		add (build, &all, capabilities[i]);
	sets->bounding = sets->effective = sets->permitted = all.items;
	sets->n_bounding = sets->n_effective = sets->n_permitted = all.n;
}

static int
build_process (struct build *build, struct error *err)
{
	const struct runtime_config_request *request = build->request;
	struct oci_process *process = build->config->process;
	const char *cwd;

	if (build_env (build, err) < 0 || build_args (build, err) < 0 ||
		runtime_config_cwd (request->image, request->overrides, &cwd, err) < 0)
		return -1;
	process->cwd = cwd;
	process->has_terminal = process->terminal = request->overrides->tty;
	build_user (build);
	build_capabilities (build);
	/* limits are the caller's business, and sudo has to work in a container */
	process->rlimits = NULL;
	process->n_rlimits = 0;
	process->has_no_new_privileges = false;
	return 0;
}

/* ---- annotations */

bool
runtime_config_is_order (const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE (order_prefixes); i++)
		if (str_starts (key, order_prefixes[i]))
			return true;
	return false;
}

struct annotations {
	struct strings keys, values;
};

static void
set_annotation (
	struct build *build, struct annotations *annotations, const char *key, const char *value)
{
	if (!value || !*key)
		return;
	for (size_t i = 0; i < annotations->keys.n; i++)
		if (str_equal (annotations->keys.items[i], key)) {
			annotations->values.items[i] = arena_strdup (build->arena, value);
			return;
		}
	add (build, &annotations->keys, key);
	add (build, &annotations->values, value);
}

static char *
join (char **items, size_t n)
{
	struct buffer text = { 0 };

	for (size_t i = 0; i < n; i++)
		buffer_printf (&text, "%s%s", i > 0 ? "," : "", items[i]);
	return text.data;
}

/* By conversion.md, "Annotation Fields". */
static void
annotate_image (struct build *build, struct annotations *annotations)
{
	const struct oci_image_config *image = build->request->image->config;
	const struct oci_string_map *ports = build->image->exposed_ports;
	autofree char *features = join (image->os_features, image->n_os_features);
	autofree char *port_list = ports ? join (ports->keys, ports->n) : NULL;
	const char *stop = build->image->stop_signal;
	const struct {
		const char *key, *value;
	} rows[] = {
		{ "org.opencontainers.image.os", image->os },
		{ "org.opencontainers.image.os.version", image->os_version },
		{ "org.opencontainers.image.os.features", features },
		{ "org.opencontainers.image.architecture", image->architecture },
		{ "org.opencontainers.image.variant", image->variant },
		{ "org.opencontainers.image.author", image->author },
		{ "org.opencontainers.image.created", image->created },
		/* an engine sends it: only if it is a signal */
		{ "org.opencontainers.image.stopSignal",
			stop && signal_from_name (stop) > 0 ? stop : NULL },
		{ "org.opencontainers.image.exposedPorts", port_list },
	};

	for (size_t i = 0; i < ARRAY_SIZE (rows); i++)
		set_annotation (build, annotations, rows[i].key, rows[i].value);
}

static int
build_annotations (struct build *build, struct error *err)
{
	const struct oci_string_map *labels = build->image->labels;
	const struct option_list *mine = build->request->overrides->labels;
	struct oci_string_map *map = arena_alloc (build->arena, sizeof *map);
	struct annotations annotations = { 0 };

	annotate_image (build, &annotations);
	for (size_t i = 0; labels && i < labels->n; i++)
		if (!runtime_config_is_order (labels->keys[i]))
			set_annotation (build, &annotations, labels->keys[i], labels->values[i]);
	for (size_t i = 0; mine && i < mine->n; i++) {
		const char *equals = strchr (mine->values[i], '=');

		if (!equals || equals == mine->values[i])
			return fail (
				err, 0, "--annotation '%s': it takes NAME=VALUE", mine->values[i]);
		set_annotation (build, &annotations,
			arena_strndup (
				build->arena, mine->values[i], (size_t) (equals - mine->values[i])),
			equals + 1);
	}
	map->keys = annotations.keys.items;
	map->values = annotations.values.items;
	map->n = annotations.keys.n;
	build->config->annotations = map->n > 0 ? map : NULL;
	return 0;
}

/* ---- mounts and namespaces */

static void
add_mount (struct build *build, const char *destination, const char *type, const char *source,
	const char *const *options)
{
	struct oci_runtime_config *config = build->config;
	struct oci_mount **mounts =
		arena_alloc (build->arena, (config->n_mounts + 2) * sizeof *mounts);
	struct oci_mount *mount = arena_alloc (build->arena, sizeof *mount);
	struct strings list = { 0 };

	memcpy (mounts, config->mounts, config->n_mounts * sizeof *mounts);
	for (; *options; options++)
		add (build, &list, *options);
	mount->destination = arena_strdup (build->arena, destination);
	mount->type = type;
	mount->source = arena_strdup (build->arena, source);
	mount->options = list.items;
	mount->n_options = list.n;
	mounts[config->n_mounts++] = mount;
	config->mounts = mounts;
}

static void
build_mounts (struct build *build)
{
	static const char *const volume[] = { "rbind", "rw", NULL };
	static const char *const file[] = { "bind", "ro", NULL };
	const struct runtime_config_request *request = build->request;

	for (size_t i = 0; i < request->n_volumes; i++)
		add_mount (build, request->volumes[i].destination, "bind",
			request->volumes[i].source, volume);
	if (request->overrides->host_network) {
		add_mount (build, "/etc/resolv.conf", "bind", "/etc/resolv.conf", file);
		add_mount (build, "/etc/hosts", "bind", "/etc/hosts", file);
	}
}

static bool
has_namespace (const struct oci_linux *section, const char *type)
{
	for (size_t i = 0; i < section->n_namespaces; i++)
		if (str_equal (section->namespaces[i]->type, type))
			return true;
	return false;
}

static void
remove_namespace (struct oci_linux *section, const char *type)
{
	size_t kept = 0;

	for (size_t i = 0; i < section->n_namespaces; i++)
		if (!str_equal (section->namespaces[i]->type, type))
			section->namespaces[kept++] = section->namespaces[i];
	section->n_namespaces = kept;
}

static void
add_namespace (struct build *build, const char *type)
{
	struct oci_linux *section = build->config->linux;
	struct oci_linux_namespace **all =
		arena_alloc (build->arena, (section->n_namespaces + 2) * sizeof *all);

	if (has_namespace (section, type))
		return;
	memcpy (all, section->namespaces, section->n_namespaces * sizeof *all);
	all[section->n_namespaces] = arena_alloc (build->arena, sizeof **all);
	all[section->n_namespaces++]->type = type;
	section->namespaces = all;
}

static struct oci_id_mapping **
mappings (struct build *build, const struct tree_ids *ids)
{
	struct oci_id_mapping **all = arena_alloc (build->arena, (ids->n + 1) * sizeof *all);

	for (size_t i = 0; i < ids->n; i++) {
		all[i] = arena_alloc (build->arena, sizeof **all);
		all[i]->container_id = ids->ranges[i].inside;
		all[i]->host_id = ids->ranges[i].outside;
		all[i]->size = ids->ranges[i].count;
	}
	return all;
}

static void
build_linux (struct build *build)
{
	const struct runtime_config_request *request = build->request;
	struct oci_linux *section = build->config->linux;
	struct strings masked = { 0 };

	for (size_t i = 0; i < section->n_masked_paths; i++)
		add (build, &masked, section->masked_paths[i]);
	for (size_t i = 0; i < ARRAY_SIZE (masked_paths); i++)
		add (build, &masked, masked_paths[i]);
	section->masked_paths = masked.items;
	section->n_masked_paths = masked.n;
	if (request->overrides->host_network)
		remove_namespace (section, "network");
	if (request->uids.n == 0)
		return;
	add_namespace (build, "user");
	section->uid_mappings = mappings (build, &request->uids);
	section->n_uid_mappings = request->uids.n;
	section->gid_mappings = mappings (build, &request->gids);
	section->n_gid_mappings = request->gids.n;
}

/* ---- all of it */

static int
parse_template (struct build *build, struct error *err)
{
	AUTO (json_writer_done) struct json_writer json = { 0 };
	struct template_options options = { .rootless = build->request->is_rootless };
	struct ocispec_source source = { .file = "config.json" };

	template_write (&json, &options);
	source.text = json.text.data;
	source.size = json.text.size;
	return oci_runtime_config_parse (&build->doc, &source, &build->config, err);
}

static int
parse_seccomp (struct build *build, struct ocispec_doc *doc, struct error *err)
{
	AUTO (json_writer_done) struct json_writer json = { 0 };
	const char *architecture = build->request->image->config->architecture;
	struct ocispec_source source = { .file = "seccomp profile" };
	struct oci_linux *section;

	if (build->request->overrides->no_seccomp || !seccomp_profile_knows (architecture))
		return 0;
	json_open_object (&json, NULL);
	seccomp_profile_write (&json, architecture);
	json_close (&json);
	source.text = json.text.data;
	source.size = json.text.size;
	if (oci_linux_parse (doc, &source, &section, err) < 0)
		return -1;
	build->config->linux->seccomp = section->seccomp;
	return 0;
}

static int
make (struct build *build, struct ocispec_doc *seccomp, char **out_text, struct error *err)
{
	const struct runtime_overrides *overrides = build->request->overrides;
	struct oci_runtime_config *config;

	if (parse_template (build, err) < 0)
		return -1;
	config = build->config;
	build->arena = &build->doc.arena;
	config->oci_version = SPEC_VERSION;
	config->root->has_readonly = config->root->readonly = overrides->read_only;
	if (overrides->hostname)
		config->hostname = overrides->hostname;
	if (build_process (build, err) < 0 || build_annotations (build, err) < 0)
		return -1;
	build_mounts (build);
	build_linux (build);
	if (parse_seccomp (build, seccomp, err) < 0)
		return -1;
	*out_text = xasprintf ("%s\n", oci_runtime_config_print (build->arena, config, 2));
	return 0;
}

int
runtime_config_make (
	const struct runtime_config_request *request, char **out_text, struct error *err)
{
	static const struct oci_container_config nothing;
	AUTO (ocispec_done) struct ocispec_doc seccomp = { 0 };
	const struct oci_container_config *config = request->image->config->config;
	struct build build = { .request = request, .image = config ? config : &nothing };
	int r = make (&build, &seccomp, out_text, err);

	ocispec_done (&build.doc);
	return r;
}
