/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/spec.h"
#include "base/auto.h"
#include "spec/config.h"

/* By line; what is of one line stays in the order in which it was found. There are few. */
static void
insert (const struct ocispec_problem **sorted, size_t n, const struct ocispec_problem *problem)
{
	for (; n > 0 && sorted[n - 1]->line > problem->line; n--)
		sorted[n] = sorted[n - 1];
	sorted[n] = problem;
}

static void
collect (struct spec_context *c, struct spec_findings *out)
{
	size_t n = c->doc.n_problems, i = 0;
	autofree const struct ocispec_problem **sorted = xmalloc (n * sizeof *sorted);

	for (const struct ocispec_problem *p = c->doc.problems; p; p = p->next)
		insert (sorted, i++, p);
	out->problems = spec_alloc (c, n, sizeof *out->problems);
	for (i = 0; i < n; i++) {
		out->problems[i] = (struct spec_problem){
			.is_warning = sorted[i]->is_warning,
			.line = sorted[i]->line,
			.pointer = sorted[i]->pointer,
			.text = sorted[i]->text,
			.hint = sorted[i]->hint,
		};
		out->n_errors += !sorted[i]->is_warning;
	}
	out->n_problems = n;
	out->arena = c->doc.arena;
	c->doc.arena = (struct arena){ 0 };
}

int
spec_check (const struct spec_request *request, struct spec_findings *out, struct error *err)
{
	struct spec_context c = { .request = request, .wants_all = true, .looks_at_files = true };
	struct ocispec_source source = { .flags = OCISPEC_ALL_PROBLEMS | OCISPEC_LINUX_ONLY };
	struct oci_runtime_config *config = NULL;
	autofree char *text = NULL;
	struct error first;

	if (spec_load (request, &text, &source.size, &source.file, err) < 0)
		return -1;
	source.text = text;
	error_ignore (oci_runtime_config_parse (&c.doc, &source, &config, &first),
		"all it has to say is in the document's problems");
	if (config)
		spec_convert (&c, config);
	*out = (struct spec_findings){ 0 };
	collect (&c, out);
	return 0;
}

void
spec_findings_done (struct spec_findings *findings)
{
	arena_done (&findings->arena);
	*findings = (struct spec_findings){ 0 };
}
