// SPDX-License-Identifier: GPL-2.0-or-later
/* What a host on lwIP or on LWIPv6 does: their socket calls have the same names. The file that includes this one brings
 * the headers, listen_on(), dial(), spawn() and rest_ms(). */
#ifndef LAB_LWIP_ACTIONS_H
#define LAB_LWIP_ACTIONS_H

enum { ROOM = 2048, KINDS = 4 };

static int listen_on(int port);                            /* a listening socket */
static int dial(const char *target, int port);             /* a connected socket, or -1 */
static void spawn(void (*function)(void *), void *argument); /* a thread of the stack */
static void rest_ms(unsigned milliseconds);

static void send_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = lwip_send(fd, data, length, 0);
        if (n <= 0)
            return;
        data += n;
        length -= (size_t)n;
    }
}

/* Reads a request up to its blank line; the length asked for, or -1 at the end. */
static int read_request(int fd)
{
    char head[ROOM];
    size_t n = 0;
    while (n + 1 < sizeof head) {
        if (lwip_recv(fd, head + n, 1, 0) != 1)
            return -1;
        head[++n] = 0;
        if (n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0) {
            char *asked = strstr(head, "?n=");
            return asked ? atoi(asked + 3) : 0;
        }
    }
    return -1;
}

static void answer(int fd, int length)
{
    char head[128];
    int n = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", length);
    send_all(fd, head, (size_t)n);
    char line[] = "the quick brown fox jumps over it";
    for (; length > 0; length -= (int)sizeof line - 1)
        send_all(fd, line, length < (int)sizeof line - 1 ? (size_t)length : sizeof line - 1);
}

static void abort_close(int fd)
{
    struct linger now = {1, 0};
    lwip_setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    lwip_close(fd);
}

struct job {
    int fd, kind;
};

static void serve(void *argument)
{
    struct job job = *(struct job *)argument;
    free(argument);
    int wanted;
    while ((wanted = read_request(job.fd)) >= 0) {
        answer(job.fd, wanted);
        if (job.kind == 0)
            continue;
        if (job.kind == 3)
            rest_ms(500);
        break;
    }
    if (job.kind == 1 && wanted >= 0)
        abort_close(job.fd);
    else
        lwip_close(job.fd);
}

static void accept_loop(void *argument)
{
    struct job *listener = argument;
    for (;;) {
        int fd = lwip_accept(listener->fd, NULL, NULL);
        if (fd < 0)
            continue;
        struct job *job = malloc(sizeof *job);
        if (!job)
            abort();
        *job = (struct job){fd, listener->kind};
        spawn(serve, job);
    }
}

static void ask(int fd, int length)
{
    char text[160];
    int n = snprintf(text, sizeof text, "GET /item?n=%d HTTP/1.1\r\nHost: www.example.test\r\n\r\n",
                     length);
    send_all(fd, text, (size_t)n);
}

static void take(int fd, int length)
{
    char buffer[ROOM];
    for (int head = 0; head < 4;) { /* to the blank line */
        if (lwip_recv(fd, buffer, 1, 0) != 1)
            return;
        head = buffer[0] == "\r\n\r\n"[head] ? head + 1 : 0;
    }
    while (length > 0) {
        ssize_t n = lwip_recv(fd, buffer, length < ROOM ? (size_t)length : ROOM, 0);
        if (n <= 0)
            return;
        length -= (int)n;
    }
}

static void be_client(char **words)
{
    int fd = dial(words[0], atoi(words[1])), n = atoi(words[3]);
    const char *how = words[2];
    if (fd < 0)
        return;
    for (int i = 0; i < n; i++) {
        ask(fd, 700 * (i + 1));
        take(fd, 700 * (i + 1));
    }
    if (strcmp(how, "abort") == 0) { /* lwIP resets at linger 0 only if something is not acknowledged yet */
        ask(fd, 500);
        abort_close(fd);
    } else if (strcmp(how, "unread") == 0) {
        ask(fd, 9000);
        rest_ms(600);
        lwip_close(fd);
    } else { /* late: the answer comes after the close */
        ask(fd, 30000);
        lwip_close(fd);
    }
    rest_ms(1500);
}

/* The part that the arguments name: starts a server's listeners and returns 0, or is a client to its end and returns 1. */
static int play_part(int argc, char **argv)
{
    static struct job listeners[KINDS];
    for (int kind = 0; kind < KINDS && strcmp(argv[4], "server") == 0; kind++) {
        listeners[kind] = (struct job){listen_on(atoi(argv[5]) + kind), kind};
        spawn(accept_loop, &listeners[kind]);
    }
    puts("ready");
    fflush(stdout);
    if (strcmp(argv[4], "client") == 0 && argc >= 9) {
        be_client(argv + 5);
        return 1;
    }
    return 0;
}

#endif
