"""The other senders: how each is installed into target/bench, and the command that makes it send."""

import os
import subprocess

from .ground import GROUND, NotRun, example, install, program

HERE = os.path.dirname(os.path.abspath(__file__))
NODEMAILER = "10.6.1"
AIOSMTPLIB = "aiosmtplib==5.1.3"


class Peers:
    """Each method returns the command that sends so many messages to a port. It raises NotRun where it can't be had."""

    def __init__(self, message):
        self.size = message.size
        self.folder = os.path.join(GROUND, "message")
        os.makedirs(self.folder, exist_ok=True)
        self.files = [self._keep("html", message.html, "</body>"), self._keep("text", message.text, None)]
        self.ready = {}

    def _keep(self, name, content, before):
        """Writes a part with the place for the reader's own words in it."""
        path = os.path.join(self.folder, name)
        own = "Yours, @READER@"
        with open(path, "w", encoding="utf-8") as file:
            file.write(content.replace(before, f"<p>{own}</p>{before}") if before else f"{content}\n{own}\n")
        return path

    def _once(self, name, install):
        """Installs at the first call. A failure is remembered too, and not tried again."""
        if name not in self.ready:
            try:
                self.ready[name] = install()
            except (NotRun, OSError, subprocess.CalledProcessError) as error:
                self.ready[name] = NotRun(error)
        if isinstance(self.ready[name], NotRun):
            raise self.ready[name]
        return self.ready[name]

    def smtp_source(self, port, messages, connections):
        source = self._once("smtp-source", lambda: program("smtp-source", "postfix"))
        many = ["-s", str(connections), "-m", str(messages), "-l", str(self.size)]
        return [source, "-d", *many, "-f", "brief@example.org", "-t", "reader@readers.example", f"127.0.0.1:{port}"]

    def bare(self, port, messages, connections, depth=None):
        command = [example("bare-client"), f"127.0.0.1:{port}", str(messages)]
        command += ["--connections", str(connections), "--size", str(self.size)]
        return command + (["--chunking", str(depth)] if depth else [])

    def lettre(self, port, messages, connections):
        pool = self._once("lettre", self._build_lettre)
        return [pool, str(port), str(messages), str(connections), *self.files]

    def _build_lettre(self):
        target = os.path.join(GROUND, "lettre")
        environment = {**os.environ, "CARGO_TARGET_DIR": target}
        command = ["cargo", "build", "--release", "--locked"]
        subprocess.run(command, cwd=os.path.join(HERE, "lettre"), env=environment, check=True)
        return os.path.join(target, "release", "lettre-pool")

    def nodemailer(self, port, messages, connections):
        node, modules = self._once("nodemailer", self._install_nodemailer)
        script = os.path.join(HERE, "nodemailer-pool.mjs")
        return [node, script, modules, str(port), str(messages), str(connections), *self.files]

    def _install_nodemailer(self):
        node, npm = program("node", "nodejs"), program("npm", "npm")
        modules = os.path.join(GROUND, f"nodemailer-{NODEMAILER}")
        if not os.path.exists(os.path.join(modules, "node_modules", "nodemailer")):
            words = ["install", "--no-audit", "--no-fund", "--loglevel=error", f"nodemailer@{NODEMAILER}"]
            subprocess.run([npm, *words, "--prefix", modules], check=True, stdout=subprocess.DEVNULL)
        return node, modules

    def aiosmtplib(self, port, messages, connections):
        python = self._once("aiosmtplib", self._install_aiosmtplib)
        script = os.path.join(HERE, "aiosmtplib_connections.py")
        return [python, script, str(port), str(messages), str(connections), *self.files]

    def _install_aiosmtplib(self):
        folder = os.path.join(GROUND, "python")
        python = os.path.join(folder, "bin", "python")
        if not os.path.exists(os.path.join(folder, "bin", "pip")):
            base = program("python3", "python3")
            # Debian's Python makes no environments without this package.
            if subprocess.run([base, "-c", "import ensurepip"], capture_output=True).returncode != 0:
                install("python3-venv")
            subprocess.run([base, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", AIOSMTPLIB], check=True)
        return python


def lined_up(peers):
    """The name of each peer and its command, the fast ones first."""
    return {
        "Postfix's smtp-source": peers.smtp_source,
        "lettre's pool": peers.lettre,
        "nodemailer's pool": peers.nodemailer,
        "aiosmtplib": peers.aiosmtplib,
    }
