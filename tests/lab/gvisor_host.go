// SPDX-License-Identifier: GPL-2.0-or-later

// A host whose TCP is gVisor's netstack, on a tap device; the same words as lwip_host.c:
//
//	gvisor_host MAC ADDRESS GATEWAY server PORT               answers on PORT; aborts after an answer on PORT + 1,
//	                                                          closes after it on PORT + 2, closes with a request
//	                                                          unread on PORT + 3
//	gvisor_host MAC ADDRESS GATEWAY client TARGET PORT HOW N  N exchanges, then HOW: abort, unread, late
//
// The tap's name stands in PRECONFIGURED_TAPIF, the initial TTL in LAB_TTL. "ready" is printed when the stack runs.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/link/tun"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"
)

const nic = 1

// end is a connection: gonet's for reading and writing, netstack's own for the linger option.
type end struct {
	*gonet.TCPConn
	ep    tcpip.Endpoint
	lines *bufio.Reader
}

func newEnd(ep tcpip.Endpoint, wq *waiter.Queue) *end {
	c := gonet.NewTCPConn(wq, ep)
	return &end{c, ep, bufio.NewReaderSize(c, 16)}
}

func fail(what string, err interface{}) {
	fmt.Fprintln(os.Stderr, what, err)
	os.Exit(3)
}

func address(text string) tcpip.Address {
	ip := net.ParseIP(text)
	if four := ip.To4(); four != nil {
		return tcpip.Address(four)
	}
	return tcpip.Address(ip)
}

func network(a tcpip.Address) tcpip.NetworkProtocolNumber {
	if len(a) == 4 {
		return ipv4.ProtocolNumber
	}
	return ipv6.ProtocolNumber
}

func newStack(mac, own, gateway string) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, icmp.NewProtocol4, icmp.NewProtocol6},
	})
	fd, err := tun.OpenTAP(os.Getenv("PRECONFIGURED_TAPIF"))
	if err != nil {
		fail("tap", err)
	}
	link, err := tcpip.ParseMACAddress(mac)
	if err != nil {
		fail("mac", err)
	}
	ep, err := fdbased.New(&fdbased.Options{FDs: []int{fd}, MTU: 1500, EthernetHeader: true, Address: link})
	if err != nil {
		fail("link", err)
	}
	if err := s.CreateNIC(nic, ep); err != nil {
		fail("nic", err)
	}
	host, router := address(own), address(gateway)
	protocol, bits := network(host), 24
	if protocol == ipv6.ProtocolNumber {
		bits = 64
	}
	with := tcpip.ProtocolAddress{Protocol: protocol,
		AddressWithPrefix: tcpip.AddressWithPrefix{Address: host, PrefixLen: bits}}
	if err := s.AddProtocolAddress(nic, with, stack.AddressProperties{}); err != nil {
		fail("address", err)
	}
	everything, err := tcpip.NewSubnet(tcpip.Address(strings.Repeat("\x00", len(host))),
		tcpip.AddressMask(strings.Repeat("\x00", len(host))))
	if err != nil {
		fail("route", err)
	}
	s.SetRouteTable([]tcpip.Route{{Destination: with.AddressWithPrefix.Subnet(), NIC: nic},
		{Destination: everything, Gateway: router, NIC: nic}})
	if ttl, err := strconv.Atoi(os.Getenv("LAB_TTL")); err == nil {
		option := tcpip.DefaultTTLOption(ttl)
		for _, p := range []tcpip.NetworkProtocolNumber{ipv4.ProtocolNumber, ipv6.ProtocolNumber} {
			if err := s.SetNetworkProtocolOption(p, &option); err != nil {
				fail("ttl", err)
			}
		}
	}
	sack := tcpip.TCPSACKEnabled(true)
	s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack)
	return s
}

func (e *end) abort() {
	e.ep.SocketOptions().SetLinger(tcpip.LingerOption{Enabled: true})
	e.Close()
}

// head reads up to the blank line; the number after the word, or -1 at the end of the connection.
func (e *end) head(word string) int {
	wanted := 0
	for {
		line, err := e.lines.ReadString('\n')
		if err != nil {
			return -1
		}
		if i := strings.Index(line, word); i >= 0 {
			fmt.Sscanf(line[i+len(word):], "%d", &wanted)
		}
		if line == "\r\n" {
			return wanted
		}
	}
}

func (e *end) answer(length int) {
	body := strings.Repeat("quick fox ", length/10+1)[:length]
	fmt.Fprintf(e, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", length, body)
}

func (e *end) ask(length int) {
	fmt.Fprintf(e, "GET /item?n=%d HTTP/1.1\r\nHost: www.example.test\r\n\r\n", length)
}

func (e *end) serve(kind int) {
	for {
		wanted := e.head("?n=")
		if wanted < 0 {
			e.Close()
			return
		}
		e.answer(wanted)
		switch kind {
		case 1:
			e.abort()
			return
		case 3:
			time.Sleep(500 * time.Millisecond)
			fallthrough
		case 2:
			e.Close()
			return
		}
	}
}

func listen(s *stack.Stack, own string, port, kind int) {
	wq := new(waiter.Queue)
	ep, err := s.NewEndpoint(tcp.ProtocolNumber, network(address(own)), wq)
	if err == nil {
		err = ep.Bind(tcpip.FullAddress{Port: uint16(port)})
	}
	if err == nil {
		err = ep.Listen(16)
	}
	if err != nil {
		fail("listen", err)
	}
	entry, ready := waiter.NewChannelEntry(waiter.ReadableEvents)
	wq.EventRegister(&entry)
	for {
		accepted, queue, err := ep.Accept(nil)
		if err != nil {
			<-ready
			continue
		}
		go newEnd(accepted, queue).serve(kind)
	}
}

func beClient(s *stack.Stack, words []string) {
	to := address(words[0])
	port, _ := strconv.Atoi(words[1])
	wq := new(waiter.Queue)
	ep, err := s.NewEndpoint(tcp.ProtocolNumber, network(to), wq)
	if err != nil {
		fail("socket", err)
	}
	entry, ready := waiter.NewChannelEntry(waiter.WritableEvents | waiter.EventErr | waiter.EventHUp)
	wq.EventRegister(&entry)
	if ep.Connect(tcpip.FullAddress{Addr: to, Port: uint16(port)}); true {
		<-ready
	}
	wq.EventUnregister(&entry)
	if ep.LastError() != nil {
		ep.Close()
		return
	}
	e := newEnd(ep, wq)
	times, _ := strconv.Atoi(words[3])
	for i := 1; i <= times; i++ {
		e.ask(700 * i)
		io.CopyN(io.Discard, e.lines, int64(e.head("Content-Length: ")))
	}
	switch words[2] {
	case "abort":
		e.ask(500)
		e.abort()
	case "unread":
		e.ask(9000)
		time.Sleep(600 * time.Millisecond)
		e.Close()
	default: // late: the answer comes after the close
		e.ask(30000)
		e.Close()
	}
	time.Sleep(1500 * time.Millisecond)
}

func main() {
	if len(os.Args) < 6 {
		fail("usage", "MAC ADDRESS GATEWAY server PORT | client TARGET PORT HOW N")
	}
	s := newStack(os.Args[1], os.Args[2], os.Args[3])
	if os.Args[4] == "server" {
		port, _ := strconv.Atoi(os.Args[5])
		for kind := 0; kind < 4; kind++ {
			go listen(s, os.Args[2], port+kind, kind)
		}
		time.Sleep(50 * time.Millisecond)
	}
	fmt.Println("ready")
	if os.Args[4] == "client" && len(os.Args) >= 9 {
		beClient(s, os.Args[5:])
		return
	}
	select {}
}
