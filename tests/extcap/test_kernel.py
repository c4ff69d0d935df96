# SPDX-License-Identifier: GPL-2.0-or-later
"""Format files and ring-buffer pages of several kernels, made by hand; needs no root."""
import socket
import struct

import pytest

import conftest  # noqa: F401  (the path)
from rst_witness import kernel, knock, netfilter

HEAD = """name: {name}
ID: {id}
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;
\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:const void * skbaddr;\toffset:8;\tsize:8;\tsigned:0;
\tfield:const void * skaddr;\toffset:16;\tsize:8;\tsigned:0;
"""
# as of 6.10; a kernel to come may number the reasons anew
NEW = HEAD.format(name="tcp_send_reset", id=7) + """\
\tfield:int state;\toffset:24;\tsize:4;\tsigned:1;
\tfield:enum sk_rst_reason reason;\toffset:28;\tsize:4;\tsigned:0;
\tfield:__u8 saddr[28];\toffset:32;\tsize:28;\tsigned:0;
\tfield:__u8 daddr[28];\toffset:60;\tsize:28;\tsigned:0;

print fmt: "state=%s reason=%s", REC->state ? __print_symbolic(REC->state, { TCP_ESTABLISHED, "TCP_ESTABLISHED" }, \
{ TCP_LISTEN, "TCP_LISTEN" }) : "UNKNOWN", __print_symbolic(REC->reason, { 0, "NOT_SPECIFIED" }, \
{ 31, "TCP_ABORT_ON_CLOSE" })
"""
# before 6.10
OLD = HEAD.format(name="tcp_send_reset", id=8) + """\
\tfield:int state;\toffset:24;\tsize:4;\tsigned:1;
\tfield:__u16 sport;\toffset:28;\tsize:2;\tsigned:0;
\tfield:__u16 dport;\toffset:30;\tsize:2;\tsigned:0;
\tfield:__u16 family;\toffset:32;\tsize:2;\tsigned:0;
\tfield:__u8 saddr[4];\toffset:34;\tsize:4;\tsigned:0;
\tfield:__u8 daddr[4];\toffset:38;\tsize:4;\tsigned:0;
\tfield:__u8 saddr_v6[16];\toffset:42;\tsize:16;\tsigned:0;
\tfield:__u8 daddr_v6[16];\toffset:58;\tsize:16;\tsigned:0;

print fmt: "sport=%hu state=%s", REC->sport, __print_symbolic(REC->state, { 1, "TCP_ESTABLISHED" })
"""


def sockaddr(address, port):
    if ":" in address:
        return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI", port, 0) + socket.inet_pton(socket.AF_INET6, address) + b"\0" * 4
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H", port) + socket.inet_aton(address) + b"\0" * 20


@pytest.mark.parametrize("address, raw", [
    ("192.0.2.1", socket.inet_aton("192.0.2.1")), ("::ffff:192.0.2.1", socket.inet_aton("192.0.2.1")),
    ("2001:db8::1", socket.inet_pton(socket.AF_INET6, "2001:db8::1"))])
def test_addresses_and_names_of_a_new_kernel(address, raw):
    layout = kernel.Layout(NEW)
    data = b"\0" * 24 + struct.pack("=iI", 10, 31) + sockaddr(address, 80) + sockaddr("198.51.100.1", 40000)
    assert layout.id == 7 and layout.address(data, "s") == (raw, 80)
    assert layout.address(data, "d") == (socket.inet_aton("198.51.100.1"), 40000)
    assert layout.reasons[layout.number(data, "reason")] == "TCP_ABORT_ON_CLOSE"      # by name, whatever the number
    assert layout.states[layout.number(data, "state")] == "TCP_LISTEN"


def test_a_kernel_before_6_10_gives_no_reasons():
    layout = kernel.Layout(OLD)
    data = b"\0" * 24 + struct.pack("=iHHH", 1, 80, 40000, socket.AF_INET) + bytes([192, 0, 2, 1, 198, 51, 100, 1]) + b"\0" * 32
    assert layout.reasons == {} and layout.address(data, "s") == (socket.inet_aton("192.0.2.1"), 80)


def page(body, start=1000, flags=0):
    return struct.pack("=QQ", start, len(body) | flags) + body


def event(kind, delta, *words, data=b""):
    return struct.pack("=I", kind | delta << 5) + b"".join(struct.pack("=I", word) for word in words) + data


def test_times_add_up_over_every_kind_of_event():
    body = event(2, 5, data=b"AAAAAAAA") + event(30, 1, 2) + event(0, 7, 8, data=b"BBBB") + event(29, 3, 8, data=b"....") + \
        event(1, 0, data=b"CCCC")
    missed, events = kernel.page_events(page(body))
    later = 1005 + (2 << 27) + 1 + 7
    assert missed == 0 and events == [(1005, b"AAAAAAAA"), (later, b"BBBB"), (later + 3, b"CCCC")]


def test_a_null_event_ends_the_page():
    assert kernel.page_events(page(event(29, 0) + event(1, 5, data=b"AAAA")))[1] == []


@pytest.mark.parametrize("flags, tail, missed", [(1 << 31, b"", -1), (3 << 30, struct.pack("=Q", 42), 42), (0, b"", 0)])
def test_missed_events_are_counted(flags, tail, missed):
    body = event(1, 5, data=b"AAAA")
    assert kernel.page_events(struct.pack("=QQ", 1000, len(body) | flags) + body + tail)[0] == missed


def test_a_page_of_nonsense_ends():
    for size in range(16, 80):
        kernel.page_events(b"\xff" * size)
        kernel.page_events(page(b"\x1e" * size))


def segment(version=4, flags=0x18, options=b""):
    ports = struct.pack("!HHIIBB", 40000, 82, 1, 2, 5 << 4, flags) + b"\0" * 6
    if version == 4:
        return (struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 60, 0, 0, 64, 6, 0) + b"\xc0\0\2\x0a\xc0\0\2\x14" + options + ports).ljust(64, b"\0")
    head = struct.pack("!IHBB", 6 << 28, 20, 0 if options else 6, 64) + b"A" * 16 + b"B" * 16
    return (head + options + ports).ljust(64, b"\0")[:64]


def test_what_the_packet_filter_rejects():
    """Its ends from the first octets of the segment; a RST and what is no TCP draw no reset (nf_reject_ip_tcphdr_get)."""
    ends = b"\xc0\0\2\x0a", 40000, b"\xc0\0\2\x14", 82
    assert netfilter.rejected(segment()) == ends == netfilter.rejected(segment(options=b"\1" * 8))
    assert netfilter.rejected(segment(6)) == (b"A" * 16, 40000, b"B" * 16, 82) == netfilter.rejected(segment(6, options=b"\6\0" + b"\0" * 6))
    assert netfilter.rejected(segment(flags=4)) is None and netfilter.rejected(b"\x45" + b"\0" * 63) is None
    for first in range(256):
        netfilter.rejected(bytes([first]) + b"\xff" * 63)


def test_where_a_member_lies_is_read_from_btf():
    names = b"\0int\0sk_buff\0len\0data\0"
    types = struct.pack("=IIII", 1, 1 << 24, 4, 32)                                  # int
    types += struct.pack("=III", 0, 13 << 24 | 1, 1) + struct.pack("=II", 0, 1)      # a function's type
    types += struct.pack("=III", 5, 4 << 24 | 2, 16) + struct.pack("=III", 13, 1, 0) + struct.pack("=III", 17, 1, 64)
    data = struct.pack("=HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(types), len(types), len(names)) + types + names
    assert netfilter.btf_offset(data, "sk_buff", "data") == 8
    assert netfilter.btf_offset(data, "sk_buff", "head") is None is netfilter.btf_offset(data, "sock", "data")
    assert netfilter.btf_offset(b"\0" * 24, "sk_buff", "data") is None


@pytest.mark.parametrize("text, wanted", [("web1", ("web1", 9)), ("web1:81", ("web1", 81)), ("[2001:db8::1]:81", ("2001:db8::1", 81)),
                                          ("2001:db8::1", ("2001:db8::1", 9)), ("web1:0", None), ("web1:x", None)])
def test_where_to_knock(text, wanted):
    if wanted:
        assert knock.place(text) == wanted
    else:
        with pytest.raises(kernel.Refusal):
            knock.place(text)


def test_a_process_number_that_was_used_again_is_no_recorder():
    import os
    began = kernel.started(os.getpid())
    assert kernel.is_living(f"rst_witness_{os.getpid()}_{began}") and kernel.is_living(f"rst_witness_{os.getpid()}_{began}_drops")
    assert not kernel.is_living(f"rst_witness_{os.getpid()}_{began + 1}") and not kernel.is_living(f"rst_witness_{os.getpid()}")
