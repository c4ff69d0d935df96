# SPDX-License-Identifier: GPL-2.0-or-later
"""Real programs as hosts of the laboratory: nginx, HAProxy, Redis, PostgreSQL, sshd, each in a namespace of the run.

Every program runs in a process namespace of its own, so that its workers and children end with it, whatever ends the
run. Their files stand in the run's scratch directory, which goes with the run.
"""
import glob
import os
import subprocess
import time

LISTENING = " 0A "


class Programs:
    """Mixed into a run: needs self.topology, self.draw, self.scratch and self.children."""

    def program(self, host, *command, **options):
        """Starts a program on a host; it and all its children die with the run. kill() kills them all at once."""
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        options.setdefault("stdin", subprocess.DEVNULL)
        child = host.popen("unshare", "--pid", "--fork", "--kill-child", *command, **options)
        self.children.append(child)
        return child

    def wait_listening(self, host, port, limit=8.0):
        needle, end = f":{port:04X} ", time.monotonic() + limit
        while time.monotonic() < end:
            for name in ("tcp", "tcp6"):
                with host, open("/proc/thread-self/net/" + name, encoding="ascii") as file:
                    if any(needle in line and LISTENING in line for line in file):
                        return
            time.sleep(0.02)
        raise RuntimeError(f"nothing listens on port {port} of {host.name}")

    def wait_gone(self, host, port, limit=5.0):
        """Until the port has no listener any more."""
        needle, end = f":{port:04X} ", time.monotonic() + limit
        while time.monotonic() < end:
            found = False
            for name in ("tcp", "tcp6"):
                with host, open("/proc/thread-self/net/" + name, encoding="ascii") as file:
                    found |= any(needle in line and LISTENING in line for line in file)
            if not found:
                return
            time.sleep(0.002)
        raise RuntimeError(f"port {port} of {host.name} is still open")

    def write_file(self, name, text):
        path = os.path.join(self.scratch, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        return path

    def any_address(self, port):
        return f"[::]:{port}" if self.draw.v6 else f"0.0.0.0:{port}"

    def nginx(self, server, http="", port=None, host=None, stream=""):
        """server: what stands in the server block; stream: a whole stream block instead of http."""
        port, host = port or self.draw.port, host or self.topology.server
        os.makedirs(os.path.join(self.scratch, "html"), exist_ok=True)
        self.write_file("html/small", "small answer\n" * 20)
        self.write_file("html/large", "a long answer, line by line\n" * 6000)
        os.chmod(self.scratch, 0o755)
        block = stream or (f"http {{\n access_log off; default_type text/plain;\n"
                           f" client_body_temp_path {self.scratch}/body;\n"
                           f" proxy_temp_path {self.scratch}/proxy; fastcgi_temp_path {self.scratch}/f;\n"
                           f" uwsgi_temp_path {self.scratch}/u; scgi_temp_path {self.scratch}/s;\n {http}\n"
                           f" server {{\n  listen {self.any_address(port)};\n  root {self.scratch}/html;\n"
                           f"{server}\n }}\n}}\n")
        module = glob.glob("/usr/lib/nginx/modules/ngx_stream_module.so") if stream else []
        path = self.write_file(f"nginx{port}.conf",
                               "".join(f"load_module {m};\n" for m in module)
                               + f"user root; daemon off; master_process off; pid {self.scratch}/nginx{port}.pid;\n"
                               f"error_log {self.scratch}/error.log;\nevents {{ worker_connections 200; }}\n{block}")
        child = self.program(host, "nginx", "-c", path, "-p", self.scratch)
        self.wait_listening(host, port)
        return child

    def haproxy_at(self, host, text, port, name="haproxy.cfg"):
        """HAProxy with a whole configuration of its own after the global section."""
        path = self.write_file(name, "global\n maxconn 200\n nbthread 1\n" + text)
        child = self.program(host, "haproxy", "-q", "-db", "-f", path)
        if port:
            self.wait_listening(host, port)
        return child

    def redis(self, *options, port=None, host=None):
        port, host = port or self.draw.port, host or self.topology.server
        child = self.program(host, "redis-server", "--port", str(port), "--bind", "::" if self.draw.v6 else "0.0.0.0",
                             "--save", "", "--appendonly", "no", "--protected-mode", "no", "--dir", self.scratch,
                             *options)
        self.wait_listening(host, port)
        return child

    def postgres(self, *settings, port=None, host=None):
        """PostgreSQL refuses root, so it runs as nobody, in a fresh cluster."""
        port, host = port or self.draw.port, host or self.topology.server
        home = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        os.chmod(self.scratch, 0o777)
        host.sysctl(ipv4__ip_unprivileged_port_start=0)
        data = os.path.join(self.scratch, "data")
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        host.run(*nobody, home + "/initdb", "-D", data, "-U", "lab", "-A", "trust", "-N", "--no-instructions",
                 "--locale=C", "-E", "UTF8")
        with open(os.path.join(data, "pg_hba.conf"), "a", encoding="ascii") as file:
            file.write("host all all all trust\n")
        words = [w for s in ("fsync=off", "unix_socket_directories=", "listen_addresses=*", f"port={port}",
                             "shared_buffers=8MB", "max_wal_senders=0", "wal_level=minimal", *settings)
                 for w in ("-c", s)]
        child = self.program(host, *nobody, home + "/postgres", "-D", data, *words)
        self.wait_listening(host, port, 20)
        return child

    def sshd(self, *settings, port=None, host=None):
        port, host = port or self.draw.port, host or self.topology.server
        key = os.path.join(self.scratch, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        os.makedirs("/run/sshd", exist_ok=True)
        words = [w for s in settings for w in ("-o", s)]
        child = self.program(host, "/usr/sbin/sshd", "-D", "-f", "/dev/null", "-h", key, "-p", str(port),
                             "-o", f"PidFile={self.scratch}/sshd.pid", *words)
        self.wait_listening(host, port)
        return child

    def certificate(self, name="www.example.test"):
        """A self-signed certificate; the file holds key and certificate."""
        path = os.path.join(self.scratch, name + ".pem")
        key, cert = path + ".key", path + ".crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "30", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                        "-keyout", key, "-out", cert], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        with open(path, "w", encoding="ascii") as file:
            for part in (cert, key):
                with open(part, encoding="ascii") as source:
                    file.write(source.read())
        return path
