/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preloaded into tshark under callgrind --instr-atstart=no: counts from the opening of the capture to its end, so
 * that neither the registering of dissectors nor their clean-up counts. GLib's random numbers are always the same,
 * so that the keyed hashes of the core, and so the instructions, are too. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <valgrind/callgrind.h>

/* Six register arguments pass through as they are: the type of the later ones differs between versions. */
typedef void *open_call(const char *name, void *, void *, void *, void *, void *);

uint32_t g_random_int(void)
{
    return 0x9e3779b9;
}

void *wtap_open_offline(const char *name, void *a, void *b, void *c, void *d, void *e)
{
    open_call *open_it = (open_call *)dlsym(RTLD_NEXT, "wtap_open_offline");

    CALLGRIND_START_INSTRUMENTATION;
    return open_it(name, a, b, c, d, e);
}

void epan_cleanup(void)
{
    CALLGRIND_STOP_INSTRUMENTATION;
    _exit(0);
}
