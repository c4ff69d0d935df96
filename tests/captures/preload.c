/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One started tshark for many captures: preloaded into tshark, it stops it where it is about to open its capture, and
 * forks a child per capture asked for. Each child then goes on as tshark itself would, with the same arguments.
 *
 * tshark needs half a second to register its dissectors, and a few milliseconds to read a small capture.
 *
 * Standard input: a line per capture, "CAPTURE\tOUTPUT\tERRORS\n" (three paths).
 * Standard output: a line per capture, the child's exit status, or 128 and the number of the signal that ended it.
 * tshark's own name of the file stays the one that it was started with. The dissectors' tables are not freed at the end
 * of a child: touching every page of them would cost more than reading the capture. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that takes longer is ended by its alarm, and the test fails. */
#define LONGEST_SECONDS 300

/* Six register arguments pass through as they are: the type of the later ones differs between versions. */
typedef void *open_call(const char *name, void *, void *, void *, void *, void *);

static void redirect(const char *path, int fd)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

    if (file < 0 || dup2(file, fd) < 0)
        _exit(126);
    close(file);
}

/* In the parent: waits for a child and tells how it ended. */
static void tell(pid_t child)
{
    int status = 0;

    if (waitpid(child, &status, 0) < 0)
        exit(125);
    dprintf(STDOUT_FILENO, "%d\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* Serves until standard input ends. Comes back only in a child, with the capture to open. */
static const char *serve(void)
{
    static char line[3 * 4096];

    while (fgets(line, sizeof line, stdin)) {
        char *output = strchr(line, '\t');
        char *errors = output ? strchr(output + 1, '\t') : NULL;
        pid_t child;

        if (!errors)
            exit(124);
        *output++ = '\0';
        *errors++ = '\0';
        errors[strcspn(errors, "\n")] = '\0';
        child = fork();
        if (child == 0) {
            alarm(LONGEST_SECONDS);
            redirect(output, STDOUT_FILENO);
            redirect(errors, STDERR_FILENO);
            return line;
        }
        tell(child);
    }
    exit(0);
}

void *wtap_open_offline(const char *name, void *a, void *b, void *c, void *d, void *e)
{
    static const char *asked;
    open_call *open_it = (open_call *)dlsym(RTLD_NEXT, "wtap_open_offline");

    if (!asked)
        asked = serve();
    (void)name;
    return open_it(asked, a, b, c, d, e);
}

void epan_cleanup(void)
{
}
