// SPDX-License-Identifier: GPL-2.0-or-later
/* A host whose TCP is LWIPv6, a descendant of lwIP 1 with a stack of its own for IPv6; the same words as lwip_host.c:
 *
 *   lwipv6_host MAC ADDRESS GATEWAY server PORT
 *   lwipv6_host MAC ADDRESS GATEWAY client TARGET PORT HOW N
 *
 * The library makes its own MAC, so MAC is not used. The tap's name stands in PRECONFIGURED_TAPIF.
 */
#include <arpa/inet.h>
#include <lwipv6.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "lwip_actions.h"

static struct stack *stack;
static int family;

static void rest_ms(unsigned milliseconds)
{
    usleep(milliseconds * 1000);
}

static void spawn(void (*function)(void *), void *argument)
{
    lwip_thread_new(function, argument);
}

/* LWIPv6 knows addresses of 16 octets only; those of IPv4 are mapped into them. */
static void read_address(const char *text, struct ip_addr *address)
{
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET6, text, address->addr) == 1)
        return;
    address->addr[2] = htonl(0xffff);
    if (inet_pton(AF_INET, text, &address->addr[3]) != 1)
        exit(2);
}

static socklen_t fill(struct sockaddr_storage *to, const char *target, int port)
{
    memset(to, 0, sizeof *to);
    to->ss_family = (sa_family_t)family;
    if (family == AF_INET6) {
        struct sockaddr_in6 *six = (struct sockaddr_in6 *)to;
        six->sin6_port = htons((uint16_t)port);
        if (target)
            inet_pton(AF_INET6, target, &six->sin6_addr);
        return sizeof *six;
    }
    struct sockaddr_in *four = (struct sockaddr_in *)to;
    four->sin_port = htons((uint16_t)port);
    if (target)
        inet_pton(AF_INET, target, &four->sin_addr);
    return sizeof *four;
}

static int dial(const char *target, int port)
{
    struct sockaddr_storage to;
    socklen_t length = fill(&to, target, port);
    int fd = lwip_msocket(stack, family, SOCK_STREAM, 0);
    if (fd >= 0 && lwip_connect(fd, (struct sockaddr *)&to, length) == 0)
        return fd;
    return -1;
}

static int listen_on(int port)
{
    struct sockaddr_storage any;
    socklen_t length = fill(&any, NULL, port);
    int fd = lwip_msocket(stack, family, SOCK_STREAM, 0);
    if (fd < 0 || lwip_bind(fd, (struct sockaddr *)&any, length) != 0 || lwip_listen(fd, 8) != 0)
        exit(3);
    return fd;
}

static void set_up(const char *own, const char *gateway)
{
    struct ip_addr address, mask, router, nothing = {{0}};
    read_address(own, &address);
    read_address(gateway, &router);
    family = IP_ADDR_IS_V4(&address) ? AF_INET : AF_INET6;
    if (family == AF_INET)
        IP64_MASKADDR(&mask, 255, 255, 255, 0);
    else
        IP6_ADDR(&mask, 0xffff, 0xffff, 0xffff, 0xffff, 0, 0, 0, 0);
    stack = lwip_stack_new();
    struct netif *tap = stack ? lwip_tapif_add(stack, getenv("PRECONFIGURED_TAPIF")) : NULL;
    if (!tap || lwip_add_addr(tap, &address, &mask) != 0 || lwip_ifup(tap) != 0)
        exit(3);
    lwip_add_route(stack, &nothing, &nothing, &router, tap, 0);
}

int main(int argc, char **argv)
{
    if (argc < 6)
        return 2;
    set_up(argv[2], argv[3]);
    if (play_part(argc, argv))
        return 0;
    for (;;)
        pause();
}
