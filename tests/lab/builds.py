# SPDX-License-Identifier: GPL-2.0-or-later
"""What is compiled before the scenarios run: the wire, and hosts whose TCP is another stack than the kernel's."""
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "-p=2"}

COMMANDS = {
    "wire": ("cc -std=c11 -O2 -Wall -Wextra -o {target} wire.c", {}),
    "lwip_host": ("cc -std=gnu11 -O2 -I/usr/include/lwip -o {target} lwip_host.c -llwip", {}),
    "lwipv6_host": ("cc -std=gnu11 -O2 -o {target} lwipv6_host.c -llwipv6 -lpthread -ldl", {}),
    # Go keeps what it compiled in the user's cache: two minutes the first time, seconds after it
    "gvisor_host": ("go build -trimpath -o {target} gvisor_host.go", GO),
}


def build(name, folder):
    """Compiles one of them into the folder; returns its path."""
    command, environment = COMMANDS[name]
    target = os.path.join(folder, name)
    subprocess.run(command.format(target=target).split(), cwd=HERE, check=True,
                   env={"HOME": "/root", **os.environ, **environment})
    return target
