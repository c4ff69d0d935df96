/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One started tshark for many runs: preloaded into tshark, it stops it where its dissectors are registered and its
 * settings are about to be read, and forks a child per run asked for. Each child goes on as tshark itself would, with
 * arguments of its own.
 *
 * tshark needs half a second to register its dissectors, and a few milliseconds to read a small capture.
 *
 * Standard input: a line per run, "OUTPUT\tERRORS\tARGUMENT\tARGUMENT...\n" (two paths, then the words after "tshark").
 * Standard output: a line per run, the child's exit status, or 128 and the number of the signal that ended it.
 *
 * tshark goes over its arguments twice, and the first time is before the fork. So options that it reads then (-V, -O,
 * -x, -P, -2, -C, -X) must be given to the started tshark as well; starts.py does that. The capture's name is one of
 * them: the started tshark has another, and the capture is exchanged when it is opened. The dissectors' tables are not
 * freed at the end of a child: touching every page of them would cost more than reading the capture. */
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

#define ARGUMENTS_MAX 512

typedef void *load_call(void);
/* Six register arguments pass through as they are: the type of the later ones differs between versions. */
typedef void *open_call(const char *name, void *, void *, void *, void *, void *);
typedef int getopt_call(int, char *const *, const char *, const void *, int *);

/* libwsutil's: the index of the next argument that was not read. */
extern int ws_optind;

static char *arguments[ARGUMENTS_MAX + 1] = {"tshark"};
static int arguments_count; /* 0 in the parent */

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

/* Splits a line at its tabs into the arguments; returns how many there are. */
static int split(char *line)
{
    int count = 1;
    char *word;

    while ((word = strsep(&line, "\t")) != NULL) {
        if (count == ARGUMENTS_MAX)
            exit(124);
        arguments[count++] = word;
    }
    return count;
}

/* Serves until standard input ends. Returns only in a child, whose arguments are then set. */
static void serve(void)
{
    static char line[1 << 16];

    while (fgets(line, sizeof line, stdin)) {
        char *output = line;
        char *errors = strchr(line, '\t');
        char *words = errors ? strchr(errors + 1, '\t') : NULL;
        pid_t child;

        if (!words)
            exit(124);
        *errors++ = '\0';
        *words++ = '\0';
        words[strcspn(words, "\n")] = '\0';
        child = fork();
        if (child == 0) {
            int nothing = open("/dev/null", O_RDONLY);

            alarm(LONGEST_SECONDS);
            redirect(output, STDOUT_FILENO);
            redirect(errors, STDERR_FILENO);
            dup2(nothing, STDIN_FILENO);
            arguments_count = split(words);
            return;
        }
        tell(child);
    }
    exit(0);
}

void *epan_load_settings(void)
{
    load_call *load = (load_call *)dlsym(RTLD_NEXT, "epan_load_settings");

    if (arguments_count == 0)
        serve();
    return load();
}

int ws_getopt_long(int argc, char *const *argv, const char *options, const void *long_options, int *index)
{
    getopt_call *next = (getopt_call *)dlsym(RTLD_NEXT, "ws_getopt_long");
    int option;

    if (arguments_count == 0)
        return next(argc, argv, options, long_options, index);
    option = next(arguments_count, arguments, options, long_options, index);
    if (option == -1) {
        if (ws_optind < arguments_count) /* a filter without -Y, which main() would look for in its own arguments */
            _exit(123);
        ws_optind = argc;
    }
    return option;
}

void *wtap_open_offline(const char *name, void *a, void *b, void *c, void *d, void *e)
{
    open_call *open_it = (open_call *)dlsym(RTLD_NEXT, "wtap_open_offline");
    int i;

    for (i = 1; i + 1 < arguments_count; i++) {
        if (strcmp(arguments[i], "-r") == 0)
            name = arguments[i + 1];
    }
    return open_it(name, a, b, c, d, e);
}

void epan_cleanup(void)
{
}
