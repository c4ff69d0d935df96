# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that are no good capture, and traffic that is no TCP: nothing breaks, nothing is made up."""
import pytest


@pytest.fixture
def file_of(shark):
    def write(name, data):
        path = shark.stage / name
        path.write_bytes(data)
        path.chmod(0o644)
        return path
    return write


def read(shark, path):
    done = shark.run("tshark", "-r", path, "-T", "fields", "-e", "frame.number", "-e", "rst_origin.source", ok=False)
    assert done.returncode < 128, done.stderr  # no signal
    return done


def test_empty_file(shark, file_of):
    assert read(shark, file_of("empty.pcap", b"")).stdout == ""


def test_header_without_frames(shark, file_of, forged):
    assert read(shark, file_of("none.pcap", forged("genuine_abort").read_bytes()[:24])).stdout == ""


def test_garbage(shark, file_of):
    done = read(shark, file_of("garbage.pcap", bytes((n * 37 + 11) % 256 for n in range(4096))))
    assert done.returncode != 0 and done.stdout == ""


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_cut_off_file(shark, file_of, forged, cut):
    """The last frame ends early: the frames before it are read."""
    data = forged("genuine_abort").read_bytes()
    done = read(shark, file_of(f"cut{cut}.pcap", data[:len(data) - cut]))
    assert len(done.stdout.splitlines()) == 6


def test_traffic_without_tcp(shark, file_of):
    import packets
    capture = packets.Capture()
    for n in range(20):
        capture.add(n * 1000, packets.ethernet(packets.ipv4("192.0.2.1", "192.0.2.2", packets.udp("", "", 53, 53, b"x"), 17)))
    lines = read(shark, file_of("udp.pcap", capture.data())).stdout.splitlines()
    assert [line.split("\t")[1:] for line in lines] == [[""]] * 20


def test_random_bytes_as_segments(shark, file_of):
    """Each frame is an IP packet with protocol 6 and junk behind it, of every length up to 60."""
    import packets
    capture = packets.Capture()
    state = 1
    for n in range(300):
        junk = bytearray()
        for _ in range(n % 61):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            junk.append(state >> 16 & 0xFF)
        if len(junk) > 13:
            junk[13] |= 4  # a RST, if it is long enough
        capture.add(n * 1000, packets.ethernet(packets.ipv4("192.0.2.1", "192.0.2.2", bytes(junk))))
    for args in ((), ("-2",)):
        shark.run("tshark", "-r", file_of("junk.pcap", capture.data()), *args, "-V")


def test_many_resets_of_one_connection(shark, file_of):
    """A thousand resets of one stream: linear work, and each is a line."""
    import talk
    t = talk.Talk().handshake()
    for n in range(1000):
        t.rst(talk.S, after=0.01, seq=5001 + n)
    lines = read(shark, file_of("thousand.pcap", t.capture.data())).stdout.splitlines()
    assert sum(line.split("\t")[1] != "" for line in lines) == 1000


def test_output_that_cannot_be_written(shark, forged):
    done = shark.run("tshark", "-r", shark.readable(forged("genuine_abort")), "-w", "/nowhere/out.pcap", ok=False)
    assert done.returncode not in (0, 139)


@pytest.mark.parametrize("length", [14 + 20 + 4, 14 + 20 + 13, 14 + 20 + 14, 14 + 20 + 16, 14 + 20 + 20])
def test_clipped_frames(shark, forged, length):
    """Whatever is cut off, no RST is judged wrongly, and none is called injected for it."""
    path = shark.clipped(forged("genuine_abort"), length)
    rows = shark.rows(path)
    assert all("injected" not in row for row in rows.values())
    if length >= 14 + 20 + 14:
        assert rows[7]["claimed_source"] == "server" and rows[7]["ttl"] == "52"
