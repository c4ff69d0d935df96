// SPDX-License-Identifier: GPL-2.0-or-later
/* A wire in user space: carries frames between two interfaces with delay, jitter, loss, reordering,
 * duplication, extra router hops, rewritten DSCP and classes that overtake, for kernels without tc netem.
 *
 *   wire SEED ifA ifB [ifC ifD ...]
 *
 * Every pair is a link; all parameters start at zero and are set by lines on standard input, at any time:
 *   LINK DIRECTION key=value ...      e.g.  0 > delay=20000 jitter=500 hops=4
 * Link 0 is the first pair; '>' is from its first interface to its second, '<' the way back. Each line is
 * answered with "ok" on standard output, so that a caller knows from when on a change holds.
 * The wire ends when its standard input does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

enum { MAX_LINKS = 8, MAX_FRAME = 66000 };

/* What one direction of one link does. Times are in microseconds, shares in parts per million. */
struct path {
    int in, out;
    int64_t delay, jitter;
    int64_t loss, dup;
    int64_t reorder, reorder_us; /* this share of frames is held this much longer and may be overtaken */
    int64_t hops;                /* routers on the way: what is taken off the TTL or hop limit */
    int64_t alt, alt_hops, alt_us; /* this share of frames takes another way, with its own length */
    int64_t alt_rst;             /* 1: every RST takes the other way */
    int64_t ttl;                 /* >= 0: normalise every TTL to this */
    int64_t dscp;                /* >= 0: rewrite the DSCP */
    int64_t fast_dscp, fast_us;  /* frames of this DSCP go so much sooner than the others, and overtake them */
    int64_t drop_data;           /* lose the next n segments with payload */
    int64_t drop_all;            /* 1: the link is cut */
    int64_t hold_data, hold_us;  /* hold the next n segments with payload this much longer */
    int64_t drop_rst;            /* lose the next n RSTs */
    int64_t last_due[2];         /* frames that are not reordered keep their order in spite of jitter; by class */
};

struct frame {
    int64_t due;
    uint64_t number; /* ties are broken by arrival */
    int out;
    int length;
    unsigned char *bytes;
};

static struct path paths[MAX_LINKS * 2];
static int path_count;
static struct frame *heap;
static size_t heap_size, heap_room;
static uint64_t frame_number;
static uint64_t random_state;

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* splitmix64: small, and the same everywhere for the same seed. */
static uint64_t next_random(void)
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int chance(int64_t ppm)
{
    return ppm > 0 && (int64_t)(next_random() % 1000000) < ppm;
}

static int earlier(const struct frame *a, const struct frame *b)
{
    return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void heap_push(struct frame f)
{
    if (heap_size == heap_room) {
        heap_room = heap_room ? heap_room * 2 : 256;
        heap = realloc(heap, heap_room * sizeof *heap);
        if (!heap)
            abort();
    }
    size_t i = heap_size++;
    while (i > 0 && earlier(&f, &heap[(i - 1) / 2])) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = f;
}

static struct frame heap_pop(void)
{
    struct frame top = heap[0], last = heap[--heap_size];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= heap_size)
            break;
        if (child + 1 < heap_size && earlier(&heap[child + 1], &heap[child]))
            child++;
        if (!earlier(&heap[child], &last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = last;
    return top;
}

static void ipv4_checksum(unsigned char *ip)
{
    int length = (ip[0] & 15) * 4;
    uint32_t sum = 0;
    ip[10] = ip[11] = 0;
    for (int i = 0; i < length; i += 2)
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    ip[10] = (unsigned char)(~sum >> 8);
    ip[11] = (unsigned char)~sum;
}

/* What the wire needs to know of a frame. */
struct view {
    unsigned char *ip;
    int version, rst, payload, dscp;
};

static struct view look(unsigned char *f, int length)
{
    struct view v = {0};
    if (length < 34)
        return v;
    int type = f[12] << 8 | f[13];
    unsigned char *tcp = NULL;
    int left = 0;
    v.ip = f + 14;
    if (type == ETH_P_IP) {
        int header = (v.ip[0] & 15) * 4;
        v.version = 4;
        v.dscp = v.ip[1] >> 2;
        if (v.ip[9] == IPPROTO_TCP && length >= 14 + header + 20) {
            tcp = v.ip + header;
            left = (v.ip[2] << 8 | v.ip[3]) - header;
        }
    } else if (type == ETH_P_IPV6 && length >= 54) {
        v.version = 6;
        v.dscp = (v.ip[0] & 15) << 2 | v.ip[1] >> 6;
        if (v.ip[6] == IPPROTO_TCP && length >= 74) {
            tcp = v.ip + 40;
            left = v.ip[4] << 8 | v.ip[5];
        }
    }
    if (tcp) {
        v.rst = (tcp[13] & 4) != 0;
        v.payload = left - (tcp[12] >> 4) * 4;
    }
    return v;
}

/* Takes the hops off and rewrites what is asked for; 0 if the frame died on the way. */
static int rewrite(const struct view *v, const struct path *p, int64_t hops)
{
    if (v->version == 4) {
        if (v->ip[8] <= hops)
            return 0;
        v->ip[8] = (unsigned char)(p->ttl >= 0 ? p->ttl : v->ip[8] - hops);
        if (p->dscp >= 0)
            v->ip[1] = (unsigned char)(p->dscp << 2 | (v->ip[1] & 3));
        ipv4_checksum(v->ip);
    } else if (v->version == 6) {
        if (v->ip[7] <= hops)
            return 0;
        /* Neighbour discovery insists on hop limit 255: it never crosses a router. */
        if (v->ip[6] == IPPROTO_ICMPV6 && v->ip[40] >= 133 && v->ip[40] <= 137)
            return 1;
        v->ip[7] = (unsigned char)(p->ttl >= 0 ? p->ttl : v->ip[7] - hops);
        if (p->dscp >= 0) {
            v->ip[0] = (unsigned char)(0x60 | p->dscp >> 2);
            v->ip[1] = (unsigned char)((p->dscp & 3) << 6 | (v->ip[1] & 0x3f));
        }
    }
    return 1;
}

static void accept_frame(struct path *p, unsigned char *bytes, int length)
{
    struct view v = look(bytes, length);
    int data = v.payload > 0, held = 0, fast = p->fast_us > 0 && v.version && v.dscp == p->fast_dscp;
    int64_t extra = 0, hops = p->hops;

    if (p->drop_all || (v.version && chance(p->loss)))
        return;
    if (data && p->drop_data > 0) {
        p->drop_data--;
        return;
    }
    if (v.rst && p->drop_rst > 0) {
        p->drop_rst--;
        return;
    }
    if (data && p->hold_data > 0) {
        p->hold_data--;
        extra += p->hold_us;
        held = 1;
    }
    if (v.version && chance(p->reorder)) {
        extra += p->reorder_us;
        held = 1;
    }
    if ((p->alt_rst && v.rst) || chance(p->alt)) {
        hops = p->alt_hops;
        extra += p->alt_us;
        held = 1;
    }
    if (!rewrite(&v, p, hops))
        return;
    int64_t due = now_us() + p->delay + extra - (fast ? p->fast_us : 0);
    if (p->jitter > 0)
        due += (int64_t)(next_random() % (uint64_t)p->jitter);
    if (!held) {
        if (due < p->last_due[fast])
            due = p->last_due[fast];
        p->last_due[fast] = due;
    }
    int copies = v.version && chance(p->dup) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
        struct frame f = {due + i * 300, frame_number++, p->out, length, malloc((size_t)length)};
        if (!f.bytes)
            abort();
        memcpy(f.bytes, bytes, (size_t)length);
        heap_push(f);
    }
}

static int open_interface(const char *name)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
    int one = 1, room = 8 << 20;
    struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                  .sll_protocol = htons(ETH_P_ALL),
                                  .sll_ifindex = (int)if_nametoindex(name)};
    if (fd < 0 || address.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        fprintf(stderr, "wire: %s: %s\n", name, strerror(errno));
        exit(1);
    }
    /* Without it the socket would hear what the wire itself sends, and forward it back. */
    if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) < 0) {
        perror("wire: PACKET_IGNORE_OUTGOING");
        exit(1);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    return fd;
}

static const struct {
    const char *name;
    size_t offset;
} keys[] = {
#define KEY(field) {#field, offsetof(struct path, field)}
    KEY(delay), KEY(jitter), KEY(loss), KEY(dup), KEY(reorder), KEY(reorder_us), KEY(hops), KEY(alt),
    KEY(alt_hops), KEY(alt_us), KEY(alt_rst), KEY(ttl), KEY(dscp), KEY(drop_data), KEY(drop_all),
    KEY(hold_data), KEY(hold_us), KEY(drop_rst), KEY(fast_dscp), KEY(fast_us),
#undef KEY
};

static void obey(char *line)
{
    char *rest = NULL, *link = strtok_r(line, " ", &rest), *direction = strtok_r(NULL, " ", &rest);
    if (!link || !direction)
        return;
    int index = atoi(link) * 2 + (*direction == '<');
    if (index < 0 || index >= path_count) {
        fprintf(stderr, "wire: no link %s\n", link);
        exit(1);
    }
    for (char *word = strtok_r(NULL, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        size_t i = 0, n = sizeof keys / sizeof *keys;
        if (value)
            *value++ = 0;
        while (i < n && strcmp(word, keys[i].name) != 0)
            i++;
        if (!value || i == n) {
            fprintf(stderr, "wire: not understood: %s\n", word);
            exit(1);
        }
        *(int64_t *)((char *)&paths[index] + keys[i].offset) = atoll(value);
    }
    puts("ok");
    fflush(stdout);
}

/* Reads whole lines from standard input; 0 at its end. */
static int read_orders(void)
{
    static char text[4096];
    static size_t used;
    ssize_t n = read(0, text + used, sizeof text - 1 - used);
    if (n <= 0)
        return 0;
    used += (size_t)n;
    text[used] = 0;
    for (char *end; (end = strchr(text, '\n'));) {
        *end = 0;
        obey(text);
        used -= (size_t)(end + 1 - text);
        memmove(text, end + 1, used + 1);
    }
    return 1;
}

int main(int argc, char **argv)
{
    static unsigned char buffer[MAX_FRAME];
    struct pollfd fds[MAX_LINKS * 2 + 1] = {{.fd = 0, .events = POLLIN}};

    if (argc < 4 || argc % 2 != 0 || argc > 2 + MAX_LINKS * 2) {
        fprintf(stderr, "usage: wire SEED ifA ifB [ifC ifD ...]\n");
        return 2;
    }
    random_state = strtoull(argv[1], NULL, 0);
    for (int i = 2; i < argc; i += 2) {
        int a = open_interface(argv[i]), b = open_interface(argv[i + 1]);
        paths[path_count++] = (struct path){.in = a, .out = b, .ttl = -1, .dscp = -1};
        paths[path_count++] = (struct path){.in = b, .out = a, .ttl = -1, .dscp = -1};
    }
    for (int i = 0; i < path_count; i++)
        fds[i + 1] = (struct pollfd){.fd = paths[i].in, .events = POLLIN};
    puts("ok");
    fflush(stdout);

    for (;;) {
        struct timespec wait = {1, 0};
        if (heap_size > 0) {
            int64_t left = heap[0].due - now_us();
            if (left < 0)
                left = 0;
            wait = (struct timespec){left / 1000000, left % 1000000 * 1000};
        }
        if (ppoll(fds, (nfds_t)path_count + 1, &wait, NULL) < 0 && errno != EINTR)
            return 1;
        if (fds[0].revents && !read_orders())
            return 0;
        for (int i = 0; i < path_count; i++)
            for (ssize_t n; (n = recv(paths[i].in, buffer, sizeof buffer, 0)) > 0;)
                accept_frame(&paths[i], buffer, (int)n);
        while (heap_size > 0 && heap[0].due <= now_us()) {
            struct frame f = heap_pop();
            (void)!send(f.out, f.bytes, (size_t)f.length, 0);
            free(f.bytes);
        }
    }
}
