# SPDX-License-Identifier: GPL-2.0-or-later
"""Is a file a capture? Its first octets tell, never its name."""
import os
import stat
import zlib

from .words import FileFailed

PCAP = {bytes.fromhex(text) for text in (
    "a1b2c3d4", "d4c3b2a1",  # microseconds
    "a1b23c4d", "4d3cb2a1",  # nanoseconds
    "a1b2cd34", "34cdb2a1",  # Alexey Kuznetsov's, with more in each record
)}
PCAPNG = bytes.fromhex("0a0d0d0a")
GZIP, ZSTD, LZ4 = b"\x1f\x8b", bytes.fromhex("28b52ffd"), bytes.fromhex("04224d18")


def plain(head):
    if head[:4] in PCAP:
        return "pcap"
    if head[:4] == PCAPNG and head[8:12] in (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a"):
        return "pcapng"
    return None


def kind_of_octets(head):
    """The kind as a token, or None. Of gzip the content is looked at; of zstd and lz4 Wireshark has to do that."""
    if head[:2] == GZIP:
        try:
            inside = plain(zlib.decompressobj(31).decompress(head, 16))
        except zlib.error:
            return None
        return inside and inside + ".gz"
    if head[:4] == ZSTD:
        return "zstd"
    return "lz4" if head[:4] == LZ4 else plain(head)


def kind_of(path):
    """The kind of a capture. FileFailed says in a word why it is none, without ever waiting for a pipe."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISFIFO(mode):
            raise FileFailed("pipe", "a pipe, which may never end; save it as a file first, or read it with tshark -i")
        if not stat.S_ISREG(mode):
            raise FileFailed("not_a_file", "neither a file nor a folder")
        with open(path, "rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise FileFailed("unreadable", f"cannot be read: {error.strerror}") from None
    if not head:
        raise FileFailed("empty", "empty: not even a file header")
    kind = kind_of_octets(head)
    if not kind:
        raise FileFailed("not_a_capture", "not a capture: neither pcap nor pcapng, plain or in gzip, zstd or lz4")
    return kind

