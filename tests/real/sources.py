#!/usr/bin/env python3
"""sources.py FREEHOLD OUT: the images of build.sh through every source, on real registries and a real daemon.

Debian's docker-registry on loopback (open, with htpasswd, with TLS under a private CA) and podman's service, all with
storage of their own in a temporary folder, all ended at the end. Prints one line per comparison and a last line
"N passed, N failed"; exits 1 when one failed. Standard library only.
"""

import base64
import contextlib
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time

from compare import Results

TOPICS = ("packages", "ownership", "layout", "elf")
NAME, PASSWORD = "reader", "c0rrect-horse"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run(*command, env=None, text=None):
    """A command that has to succeed."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=env)
    if done.returncode:
        sys.exit(f"sources.py: {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class Freehold:
    """The program, with no credentials but those a call brings."""

    def __init__(self, program, home):
        self.program, self.home = program, home

    def environment(self, more):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LC_ALL", "TMPDIR")}
        return {**keep, "HOME": self.home, **more}

    def facts(self, reference, *flags, text="", **env):
        """Exit status, facts or None, everything said."""
        command = [self.program, "facts", reference, *flags]
        done = subprocess.run(command, input=text, capture_output=True, text=True, env=self.environment(env))
        facts = json.loads(done.stdout) if done.returncode == 0 else None
        return done.returncode, facts, done.stdout + done.stderr

    def start(self, reference, *flags):
        command = [self.program, "facts", reference, *flags]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment({}))


class Registry:
    """Debian's docker-registry."""

    def __init__(self, folder, port=None, htpasswd=None, tls=None):
        self.folder, self.port, self.tls = folder, port or free_port(), tls
        os.makedirs(folder, exist_ok=True)
        config = ["version: 0.1", "log: {level: error, accesslog: {disabled: true}}",
                  "storage: {filesystem: {rootdirectory: %s/data}}" % folder]
        listen = 'addr: "127.0.0.1:%d"' % self.port
        if tls:
            listen += ", tls: {certificate: %s, key: %s}" % tls
        config.append("http: {%s}" % listen)
        if htpasswd:
            config.append("auth: {htpasswd: {realm: it, path: %s}}" % htpasswd)
        self.config = os.path.join(folder, "config.yml")
        with open(self.config, "w") as out:
            out.write("\n".join(config) + "\n")
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(["docker-registry", "serve", self.config],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.1)
        sys.exit("sources.py: docker-registry does not listen")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def name(self, image, host="127.0.0.1"):
        return f"{host}:{self.port}/{image}"

    def push(self, layout, image, *flags):
        run("skopeo", "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false", *flags,
            f"oci:{layout}", f"docker://{self.name(image)}")


class Throttle(socketserver.ThreadingTCPServer):
    """Passes connections on to a registry, slowly, so that there is a middle of a transfer."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, to, bytes_per_second):
        self.to, self.rate, self.passed = to, bytes_per_second, 0
        super().__init__(("127.0.0.1", 0), None)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request, address):
        with contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", self.to)) as server:
                threading.Thread(target=self.copy, args=(request, server, False), daemon=True).start()
                self.copy(server, request, True)
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)

    def copy(self, source, target, slowly):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if slowly:
                    self.passed += len(data)
                    time.sleep(len(data) / self.rate)
                target.sendall(data)


def certificates(folder):
    """A CA and a certificate of this machine under it: the CA's file, the certificate's, its key's."""
    path = lambda name: os.path.join(folder, name)
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test authority",
        "-keyout", path("ca.key"), "-out", path("ca.pem"))
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
        "-keyout", path("it.key"), "-out", path("it.csr"))
    with open(path("it.ext"), "w") as out:
        out.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    run("openssl", "x509", "-req", "-in", path("it.csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"),
        "-CAcreateserial", "-days", "2", "-extfile", path("it.ext"), "-out", path("it.pem"))
    return path("ca.pem"), path("it.pem"), path("it.key")


def same(results, image, source, expected, got):
    code, facts, said = got
    wrong = [t for t in TOPICS if facts is None or json.dumps(facts[t]) != json.dumps(expected[t])]
    results.check(image, f"the same facts through {source}", code == 0 and not wrong, said if code else wrong)


def refused(results, image, question, got, words=""):
    code, _, said = got
    flat = " ".join(said.split())
    results.check(image, question, code == 2 and words in flat and PASSWORD not in flat, f"exit {code}: {flat}")


def files(results, freehold, layout, image, folder, expected):
    """Archives that skopeo writes."""
    for kind in ("oci-archive", "docker-archive"):
        path = os.path.join(folder, f"{kind}.tar")
        run("skopeo", "--insecure-policy", "copy", "--quiet", f"oci:{layout}", f"{kind}:{path}:{image}")
        same(results, image, kind, expected, freehold.facts(f"{kind}:{path}"))
        os.unlink(path)


def open_registry(results, freehold, layout, image, folder, expected):
    registry = Registry(os.path.join(folder, "open"))
    try:
        registry.push(layout, image)
        name = registry.name(image)
        got = freehold.facts(name)
        same(results, image, "a registry", expected, got)
        same(results, image, "a registry, one thread", expected, freehold.facts(name, "--threads", "1"))
        same(results, image, "a registry, by digest", expected, freehold.facts(f"{name}@{got[1]['image']['digest']}"))
        same(results, image, "a registry, named localhost", expected, freehold.facts(registry.name(image, "localhost")))
        places = {p["place"]: p["state"] for p in got[1]["attached_evidence"]["places"] if p["subject"] == "manifest"}
        results.check(image, "what is attached was looked for where it can be", places.get("referrers") == "not_carried"
                      and places.get("referrers_tag") == places.get("cosign_tags") == "searched_none", places)
        refused(results, image, "an unknown tag is said to be unknown", freehold.facts(f"{name}:nothing"), "has no image")
        altered(results, freehold, registry, image, folder)
    finally:
        registry.kill()


def altered(results, freehold, registry, image, folder):
    """Bytes changed in the registry's storage, after a sound scan."""
    blobs = []
    for at, _, names in os.walk(os.path.join(folder, "open", "data")):
        blobs += [os.path.join(at, n) for n in names if n == "data"]
    largest = max(blobs, key=os.path.getsize)
    with open(largest, "r+b") as blob:
        blob.seek(os.path.getsize(largest) // 2)
        byte = blob.read(1)
        blob.seek(-1, os.SEEK_CUR)
        blob.write(bytes([byte[0] ^ 1]))
    refused(results, image, "a changed byte in its storage is found", freehold.facts(registry.name(image)), "layer")


def logins(results, freehold, layout, image, folder, expected):
    htpasswd = os.path.join(folder, "htpasswd")
    with open(htpasswd, "w") as out:
        out.write(run("htpasswd", "-Bbn", NAME, PASSWORD))
    registry = Registry(os.path.join(folder, "login"), htpasswd=htpasswd)
    try:
        registry.push(layout, image, f"--dest-creds={NAME}:{PASSWORD}")
        name, host = registry.name(image), f"127.0.0.1:{registry.port}"
        flags = ("--username", NAME, "--password-stdin")
        same(results, image, "a login on standard input", expected, freehold.facts(name, *flags, text=PASSWORD + "\n"))
        auth = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
        stored = os.path.join(folder, "stored")
        os.makedirs(stored, exist_ok=True)
        with open(os.path.join(stored, "config.json"), "w") as out:
            json.dump({"auths": {host: {"auth": auth}}}, out)
        same(results, image, "docker's config.json", expected, freehold.facts(name, DOCKER_CONFIG=stored))
        podman = os.path.join(stored, "auth.json")
        run("skopeo", "login", "--tls-verify=false", "--authfile", podman, "-u", NAME, "--password-stdin", host, text=PASSWORD)
        same(results, image, "what skopeo login stored", expected, freehold.facts(name, REGISTRY_AUTH_FILE=podman))
        refused(results, image, "nobody gets in without a login", freehold.facts(name), "refuses")
        wrong = freehold.facts(name, *flags, text="wr0ng-horse\n")
        refused(results, image, "a wrong password does not get in", wrong, "refuses")
        results.check(image, "a wrong password is not repeated", "wr0ng" not in wrong[2])
    finally:
        registry.kill()


def private_ca(results, freehold, layout, image, folder, expected):
    ca, certificate, key = certificates(folder)
    registry = Registry(os.path.join(folder, "tls"), tls=(certificate, key))
    try:
        registry.push(layout, image)
        name = registry.name(image, "localhost")
        same(results, image, "TLS under a private CA", expected, freehold.facts(name, "--ca-file", ca))
        same(results, image, "TLS nobody vouches for, --insecure", expected, freehold.facts(name, "--insecure"))
        refused(results, image, "TLS nobody vouches for is refused", freehold.facts(name), "--ca-file")
        refused(results, image, "a CA file without a certificate is refused", freehold.facts(name, "--ca-file", key), "certificate")
    finally:
        registry.kill()


def killed(results, freehold, layout, image, folder, expected):
    """The registry dies in the middle of a transfer, and comes back or does not."""
    registry = Registry(os.path.join(folder, "killed"))
    registry.push(layout, image)
    size = max(layer["stored_bytes"] for layer in expected["image"]["layers"])
    for returns in (True, False):
        slow = Throttle(registry.port, max(size // 4, 1))
        scan = freehold.start(f"127.0.0.1:{slow.server_address[1]}/{image}")
        while slow.passed < size // 3 and scan.poll() is None:
            time.sleep(0.05)
        registry.kill()
        if returns:
            registry.start()
        out, _ = scan.communicate()
        question = f"killed in mid-transfer, {'back at once' if returns else 'gone for good'}"
        if returns:
            facts = json.loads(out) if scan.returncode == 0 else None
            same(results, image, f"a registry {question}", expected, (scan.returncode, facts, out))
        else:
            refused(results, image, question, (scan.returncode, None, out), "layer")
        slow.shutdown()


def podman(results, freehold, layout, image, folder, expected):
    home = os.path.join(folder, "podman")
    sock = os.path.join(home, "it.sock")
    os.makedirs(home)
    storage = ["podman", "--root", f"{home}/root", "--runroot", f"{home}/run", "--storage-driver", "vfs",
               "--cgroup-manager", "cgroupfs"]
    archive = os.path.join(home, "image.tar")
    run("skopeo", "--insecure-policy", "copy", "--quiet", f"oci:{layout}", f"docker-archive:{archive}:{image}:1")
    run(*storage, "load", "--quiet", "--input", archive)
    service = subprocess.Popen([*storage, "system", "service", "--time=0", f"unix://{sock}"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if os.path.exists(sock):
                break
            time.sleep(0.1)
        env = {"CONTAINER_HOST": f"unix://{sock}", "DOCKER_HOST": f"unix://{sock}"}
        for scheme in ("podman", "docker"):
            same(results, image, f"podman's socket as {scheme}:", expected, freehold.facts(f"{scheme}:{image}:1", **env))
        refused(results, image, "an image podman has not", freehold.facts("podman:nothing", **env), "no such image")
    finally:
        service.terminate()
        service.wait()
        subprocess.run([*storage, "system", "reset", "--force"], capture_output=True)
    refused(results, image, "a socket nobody listens at", freehold.facts("podman:nothing", **env), "does not answer")


def main():
    program, out = map(os.path.abspath, sys.argv[1:3])
    results = Results()
    steps = (files, open_registry, logins, private_ca, killed, podman)
    with tempfile.TemporaryDirectory() as folder:
        freehold = Freehold(program, folder)
        for name in ("debian13", "distroless"):
            layout = f"{out}/{name}:untouched"
            code, expected, said = freehold.facts(f"oci-dir:{layout}")
            if code:
                sys.exit(f"sources.py: {layout}: {said}")
            for step in steps if name == "debian13" else steps[:2]:
                at = os.path.join(folder, name, step.__name__)
                os.makedirs(at)
                step(results, freehold, layout, name, at, expected)
    print(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
