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

#include "lwip_actions.h"

enum {
    MTU = 576, /* as small devices have it; Debian's library overruns its pool with frames above 592 octets */
};

static struct netif netif;
static u8_t mac[6];
static ip_addr_t own, gateway;

static void spawn(void (*function)(void *), void *argument)
{
    sys_thread_new("host", function, argument, 0, 0);
}

static void rest_ms(unsigned milliseconds)
{
    sys_msleep(milliseconds);
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
    if (play_part(argc, argv))
        return 0;
    for (;;)
        sys_msleep(1000000);
}
