/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * features: the document that tells callers what this davit can do, as they ask for with `features`.
 *
 * It says what was built in, and nothing of the host, but for supportedFlags of seccomp, which the spec
 * wants from the running kernel. Names come from the tables that the config is read with.
 * Source: runtime-spec features.md, features-linux.md.
 */
#pragma once

#include "base/json_writer.h"

/* Loads libseccomp, for its version. */
void features_write (struct json_writer *json);
