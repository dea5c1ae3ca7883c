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
import urllib.request

from compare import Results

TOPICS = ("packages", "ownership", "layout", "elf")
NAME, PASSWORD = "reader", "c0rrect-horse"
AUTH = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def run(*command, env=None, text=None):
    """A command that has to succeed."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, env=env)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


class Freehold:
    """The program, with no credentials but those a call brings."""

    def __init__(self, program, home):
        self.program, self.home = program, home

    def environment(self, more):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LC_ALL", "TMPDIR")}
        # What a scan remembered would hide what a registry did to a layer.
        return {**keep, "HOME": self.home, "FREEHOLD_NO_CACHE": "1", **more}

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
    """Debian's docker-registry, until the end of a `with`."""

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
                break
            time.sleep(0.1)
        # On a port that somebody else was given meanwhile it ends at once.
        if self.process.poll() is not None:
            raise RuntimeError(f"docker-registry ended: {self.process.returncode}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def manifest(self, image):
        """The manifest as the registry has it."""
        address = f"http://127.0.0.1:{self.port}/v2/{image}/manifests/latest"
        request = urllib.request.Request(address, headers={"Accept": MANIFEST})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as answer:
            return json.load(answer)

    def stored(self, digest):
        """The file that holds a blob."""
        kind, hexadecimal = digest.split(":")
        return f"{self.folder}/data/docker/registry/v2/blobs/{kind}/{hexadecimal[:2]}/{hexadecimal}/data"

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
    os.makedirs(folder)
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
    with Registry(os.path.join(folder, "open")) as registry:
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
        altered(results, freehold, registry, image)


def altered(results, freehold, registry, image):
    """Bytes changed in the registry's storage, after a sound scan."""
    manifest = registry.manifest(image)
    config, layer = manifest["config"], manifest["layers"][0]
    for question, blob, at, words in (
            # The time in the header of a gzip stream (RFC 1952, section 2.3.1): all of the layer can be read.
            ("a layer changed where only its digest tells", layer, 4, layer["digest"]),
            ("a layer changed in the middle", layer, layer["size"] // 2, "layer 1"),
            ("a changed configuration", config, config["size"] // 2, config["digest"])):
        path = registry.stored(blob["digest"])
        flip(path, at)
        refused(results, image, f"{question} is refused", freehold.facts(registry.name(image)), words)
        flip(path, at)
    results.check(image, "and it is read again when it is whole", freehold.facts(registry.name(image))[0] == 0)


def flip(path, at):
    """Changes one byte, or changes it back."""
    with open(path, "r+b") as blob:
        blob.seek(at)
        byte = blob.read(1)
        blob.seek(at)
        blob.write(bytes([byte[0] ^ 1]))


def logins(results, freehold, layout, image, folder, expected):
    htpasswd = os.path.join(folder, "htpasswd")
    with open(htpasswd, "w") as out:
        out.write(run("htpasswd", "-Bbn", NAME, PASSWORD))
    with Registry(os.path.join(folder, "login"), htpasswd=htpasswd) as registry:
        registry.push(layout, image, f"--dest-creds={NAME}:{PASSWORD}")
        name, host = registry.name(image), f"127.0.0.1:{registry.port}"
        flags = ("--username", NAME, "--password-stdin")
        stored = os.path.join(folder, "stored")
        os.makedirs(stored)
        with open(os.path.join(stored, "config.json"), "w") as out:
            json.dump({"auths": {host: {"auth": AUTH}}}, out)
        podman = os.path.join(stored, "auth.json")
        run("skopeo", "login", "--tls-verify=false", "--authfile", podman, "-u", NAME, "--password-stdin", host, text=PASSWORD)
        said = ""
        for source, got in (
                ("a login on standard input", freehold.facts(name, *flags, text=PASSWORD + "\n")),
                ("docker's config.json", freehold.facts(name, DOCKER_CONFIG=stored)),
                ("what skopeo login stored", freehold.facts(name, REGISTRY_AUTH_FILE=podman))):
            same(results, image, source, expected, got)
            said += got[2]
        results.check(image, "no login is printed", said and PASSWORD not in said and AUTH not in said)
        refused(results, image, "nobody gets in without a login", freehold.facts(name), "refuses")
        wrong = freehold.facts(name, *flags, text="wr0ng-horse\n")
        refused(results, image, "a wrong password does not get in", wrong, "refuses")
        auth = base64.b64encode(f"{NAME}:wr0ng-horse".encode()).decode()
        results.check(image, "a wrong password is not repeated", "wr0ng" not in wrong[2] and auth not in wrong[2])


def private_ca(results, freehold, layout, image, folder, expected):
    ca, certificate, key = certificates(os.path.join(folder, "ours"))
    other = certificates(os.path.join(folder, "theirs"))[0]
    with Registry(os.path.join(folder, "tls"), tls=(certificate, key)) as registry:
        registry.push(layout, image)
        name = registry.name(image, "localhost")
        same(results, image, "TLS under a private CA", expected, freehold.facts(name, "--ca-file", ca))
        same(results, image, "TLS nobody vouches for, --insecure", expected, freehold.facts(name, "--insecure"))
        refused(results, image, "TLS nobody vouches for is refused", freehold.facts(name), "--ca-file")
        refused(results, image, "TLS under another CA is refused", freehold.facts(name, "--ca-file", other), "certificate")
        refused(results, image, "a CA file without a certificate is refused", freehold.facts(name, "--ca-file", key), "certificate")


def killed(results, freehold, layout, image, folder, expected):
    """The registry dies in the middle of a transfer, and comes back or does not."""
    sizes = [layer["stored_bytes"] for layer in expected["image"]["layers"]]
    with Registry(os.path.join(folder, "killed")) as registry:
        registry.push(layout, image)
        for returns in (True, False):
            with Throttle(registry.port, max(sizes) // 4) as slow:
                scan = freehold.start(f"127.0.0.1:{slow.server_address[1]}/{image}")
                try:
                    while slow.passed < max(sizes) // 3 and scan.poll() is None:
                        time.sleep(0.05)
                    running = scan.poll() is None
                    registry.kill()
                    if returns:
                        registry.start()
                    out, _ = scan.communicate()
                finally:
                    scan.kill()
                    slow.shutdown()
            results.check(image, "the registry was killed in mid-transfer", running)
            if returns:
                facts = json.loads(out) if scan.returncode == 0 else None
                same(results, image, "a registry that was killed and is back", expected, (scan.returncode, facts, out))
                results.check(image, "the layer went on where it broke", slow.passed < sum(sizes) * 1.2,
                              f"{slow.passed} bytes passed of {sum(sizes)}")
            else:
                refused(results, image, "a registry that was killed for good", (scan.returncode, None, out), "layer 1 broke off")


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
    # Whoever ends this ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
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
                try:
                    step(results, freehold, layout, name, at, expected)
                except Exception as error:  # one broken step must not hide the others
                    results.check(name, f"{step.__name__} ran to its end", False, f"{type(error).__name__}: {error}")
    print(f"{results.passed} passed, {results.failed} failed")
    return 1 if results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
