// SPDX-License-Identifier: GPL-2.0-or-later
/* A host whose TCP is lwIP, on a tap device: another stack than Linux's at the end of the laboratory's path.
 *
 *   lwip_host MAC ADDRESS GATEWAY server PORT               answers on PORT; aborts after an answer on PORT + 1, closes
 *                                                           after it on PORT + 2, closes with a request unread on PORT + 3
 *   lwip_host MAC ADDRESS GATEWAY client TARGET PORT HOW N  N exchanges, then HOW: abort, unread, late, refused
 *
 * The tap's name stands in PRECONFIGURED_TAPIF. "ready" is printed when the stack runs; IPv4 or IPv6 by the address.
 */
#include <lwip/netif.h>
#include <lwip/sockets.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>
#include <netif/tapif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM = 2048,
    MTU = 576, /* as small devices have it; Debian's library overruns its pool with frames above 592 octets */
};

static struct netif netif;
static u8_t mac[6];
static ip_addr_t own, gateway;
static int base_port;

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
            sys_msleep(500);
        break;
    }
    if (job.kind == 1 && wanted >= 0)
        abort_close(job.fd);
    else
        lwip_close(job.fd);
}

/* Fills in a socket address, the host's own where address is NULL; returns its length. */
static socklen_t fill(struct sockaddr_storage *to, const ip_addr_t *address, int port)
{
    const ip_addr_t *kind = address ? address : &own;
    memset(to, 0, sizeof *to);
    if (IP_IS_V6(kind)) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
        six->sin6_family = AF_INET6;
        six->sin6_port = lwip_htons((u16_t)port);
        if (address)
            inet6_addr_from_ip6addr(&six->sin6_addr, ip_2_ip6(address));
        return sizeof *six;
    }
    struct sockaddr_in *four = (struct sockaddr_in *)to;
    four->sin_family = AF_INET;
    four->sin_port = lwip_htons((u16_t)port);
    if (address)
        inet_addr_from_ip4addr(&four->sin_addr, ip_2_ip4(address));
    return sizeof *four;
}

static int listen_on(int port)
{
    struct sockaddr_storage any;
    socklen_t length = fill(&any, NULL, port);
    int fd = lwip_socket(IP_IS_V6(&own) ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || lwip_bind(fd, (struct sockaddr *)&any, length) != 0 || lwip_listen(fd, 8) != 0)
        exit(3);
    return fd;
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
        sys_thread_new("serve", serve, job, 0, 0);
    }
}

static int dial(const char *target, int port)
{
    ip_addr_t address;
    struct sockaddr_storage to;
    if (!ipaddr_aton(target, &address))
        exit(2);
    socklen_t length = fill(&to, &address, port);
    int fd = lwip_socket(IP_IS_V6(&own) ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && lwip_connect(fd, (struct sockaddr *)&to, length) == 0)
        return fd;
    if (fd >= 0)
        lwip_close(fd);
    return -1;
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
        sys_msleep(600);
        lwip_close(fd);
    } else { /* late: the answer comes after the close */
        ask(fd, 30000);
        lwip_close(fd);
    }
    sys_msleep(1500);
}

static err_t set_up(struct netif *n)
{
    err_t done = tapif_init(n);
    memcpy(n->hwaddr, mac, sizeof mac);
    n->mtu = n->mtu6 = MTU;
    return done;
}

static void started(void *semaphore)
{
    ip4_addr_t mask, nothing;
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&nothing, 0, 0, 0, 0);
    if (IP_IS_V6(&own)) {
        netif_add(&netif, &nothing, &mask, &nothing, NULL, set_up, tcpip_input);
        netif_ip6_addr_set(&netif, 0, ip_2_ip6(&own));
        netif_ip6_addr_set_state(&netif, 0, IP6_ADDR_PREFERRED);
    } else {
        netif_add(&netif, ip_2_ip4(&own), &mask, ip_2_ip4(&gateway), NULL, set_up, tcpip_input);
    }
    netif_set_default(&netif);
    netif_set_up(&netif);
    netif_set_link_up(&netif);
    sys_sem_signal(semaphore);
}

int main(int argc, char **argv)
{
    if (argc < 6 ||
        sscanf(argv[1], "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0], &mac[1], &mac[2], &mac[3],
               &mac[4], &mac[5]) != 6 ||
        !ipaddr_aton(argv[2], &own) || !ipaddr_aton(argv[3], &gateway))
        return 2;
    sys_sem_t up;
    sys_sem_new(&up, 0);
    tcpip_init(started, &up);
    sys_sem_wait(&up);
    static struct job listeners[4];
    if (strcmp(argv[4], "server") == 0) {
        base_port = atoi(argv[5]);
        for (int kind = 0; kind < 4; kind++) {
            listeners[kind] = (struct job){listen_on(base_port + kind), kind};
            sys_thread_new("accept", accept_loop, &listeners[kind], 0, 0);
        }
    }
    puts("ready");
    fflush(stdout);
    if (strcmp(argv[4], "client") == 0 && argc >= 9) {
        be_client(argv + 5);
        return 0;
    }
    for (;;)
        sys_msleep(1000000);
}
