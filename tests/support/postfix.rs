//! A Postfix of our own in a temporary folder, which files what it is sent in a Maildir per address.
//!
//! It shares nothing with a Postfix of the system: own queue, own data, own port on 127.0.0.1. It must be started by
//! root, because that is how Postfix drops its rights.

use std::fs::{self, Permissions};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::port::free_port;
use super::wait::until;

/// The domain this Postfix is the last stop of.
pub const READERS_DOMAIN: &str = "readers.example";

/// `nobody`: who owns the Maildirs.
pub const MAIL_USER: u32 = 65534;

/// Lines for `main.cf`: what is deferred is tried again within seconds. Not within one: what the queue manager comes to while
/// the one that deferred it still holds it stays where it is until Postfix is started again.
pub const TRIED_AGAIN_SOON: &str =
    "minimal_backoff_time = 3s\nmaximal_backoff_time = 4s\nqueue_run_delay = 1s\nfast_flush_domains =\n";

/// What is to stand in its configuration besides the usual.
pub struct Configuration {
    pub main_cf: String,
    pub master_cf: String,
}

pub struct Postfix {
    folder: TempDir,
    pub port: u16,
}

impl Postfix {
    /// Starts it with a Maildir for each of `readers` and waits until it answers. Nothing is started, and that said
    /// aloud, where this user is not root.
    pub fn start(readers: &[String]) -> Option<Self> {
        Self::start_with(readers, "")
    }

    /// The same with these lines more in its main.cf.
    pub fn start_with(readers: &[String], main_cf: &str) -> Option<Self> {
        Self::set_up(&|postfix| {
            postfix.write_mailboxes(readers.iter().map(|reader| (reader.as_str(), format!("{reader}/"))));
            Configuration { main_cf: main_cf.to_owned(), master_cf: String::new() }
        })
    }

    /// Starts it once its folder holds what `prepare` writes there, with the lines it answers.
    pub fn set_up(prepare: &dyn Fn(&Self) -> Configuration) -> Option<Self> {
        if !is_root() {
            // Past the test harness, which would keep it to itself.
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "NOT RUN: only root can start a Postfix, so no relay was tested");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("griot-postfix-").tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let postfix = Self { port: free_port(), folder };
        postfix.make_folders();
        let configuration = prepare(&postfix);
        postfix.write_configuration(&configuration);
        let output =
            postfix.command("start").output().expect("Postfix is not installed: run ./check, which installs it");
        assert!(output.status.success(), "Postfix did not start: {output:?}\n{}", postfix.log());
        until(Duration::from_secs(20), "Postfix answers", || TcpStream::connect(("127.0.0.1", postfix.port)).is_ok());
        Some(postfix)
    }

    /// What was delivered to a reader, byte for byte as it lies in the Maildir: with LF for CRLF, below the lines the
    /// relay added.
    pub fn mails_of(&self, reader: &str) -> Vec<Vec<u8>> {
        files(&self.mail().join(reader).join("new")).iter().map(|path| fs::read(path).unwrap()).collect()
    }

    /// How many mails lie in all the Maildirs together.
    pub fn delivered(&self) -> usize {
        self.filed().len()
    }

    /// The files of all the mails.
    pub fn filed(&self) -> Vec<PathBuf> {
        files(&self.mail()).iter().flat_map(|reader| files(&reader.join("new"))).collect()
    }

    pub fn version() -> String {
        let output = Command::new("/usr/sbin/postconf").args(["-d", "-h", "mail_version"]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub fn queue(&self) -> PathBuf {
        self.folder.path().join("queue")
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub fn mail(&self) -> PathBuf {
        self.folder.path().join("mail")
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new("/usr/sbin/postfix");
        command.arg("-c").arg(self.folder.path().join("etc")).arg(verb).stdin(Stdio::null());
        command
    }

    /// Where a mailbox of each of these addresses is, below the folder of all mail: a Maildir if it ends in `/`.
    pub fn write_mailboxes<'a>(&self, mailboxes: impl Iterator<Item = (&'a str, String)>) {
        let lines: String = mailboxes.map(|(address, place)| format!("{address} {place}\n")).collect();
        fs::write(self.etc().join("mailboxes"), lines).unwrap();
    }

    pub fn etc(&self) -> PathBuf {
        self.folder.path().join("etc")
    }

    fn make_folders(&self) {
        let root = self.folder.path();
        let (etc, data) = (root.join("etc"), root.join("data"));
        for folder in [&etc, &data, &root.join("queue"), &self.mail()] {
            fs::create_dir(folder).unwrap();
        }
        chown(self.mail(), Some(MAIL_USER), Some(MAIL_USER)).unwrap();
        let postfix_user = fs::read_to_string("/etc/passwd").unwrap();
        let postfix_user = postfix_user
            .lines()
            .find_map(|line| line.strip_prefix("postfix:")?.split(':').nth(1)?.parse().ok())
            .expect("Postfix is not installed: run ./check, which installs it");
        chown(&data, Some(postfix_user), None).unwrap();
    }

    fn write_configuration(&self, Configuration { main_cf: more, master_cf }: &Configuration) {
        let etc = self.etc();
        let (root, port) = (self.folder.path().display(), self.port);
        fs::write(
            etc.join("main.cf"),
            format!(
                "compatibility_level = 3.6\n\
                 queue_directory = {root}/queue\n\
                 data_directory = {root}/data\n\
                 maillog_file = {root}/log\n\
                 maillog_file_prefixes = {root}\n\
                 mail_owner = postfix\n\
                 setgid_group = postdrop\n\
                 myhostname = relay.example\n\
                 mydestination =\n\
                 mynetworks = 127.0.0.0/8\n\
                 inet_interfaces = 127.0.0.1\n\
                 inet_protocols = ipv4\n\
                 alias_maps =\n\
                 alias_database =\n\
                 biff = no\n\
                 smtpd_relay_restrictions = permit_mynetworks, reject\n\
                 default_transport = error:nothing leaves this machine\n\
                 virtual_mailbox_domains = {READERS_DOMAIN}\n\
                 virtual_mailbox_base = {root}/mail\n\
                 virtual_mailbox_maps = texthash:{root}/etc/mailboxes\n\
                 virtual_uid_maps = static:{MAIL_USER}\n\
                 virtual_gid_maps = static:{MAIL_USER}\n\
                 {more}"
            ),
        )
        .unwrap();
        fs::write(etc.join("master.cf"), services(port) + master_cf).unwrap();
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = self.command("stop").output();
        if std::thread::panicking() {
            eprintln!("Postfix says:\n{}", self.log());
        }
    }
}

/// Only what a relay that delivers here needs.
fn services(port: u16) -> String {
    let mut services = format!("127.0.0.1:{port} inet n - n - - smtpd\npostlog unix-dgram n - n - 1 postlogd\n");
    // Who files mails in the name of their owner keeps the rights of root until it does.
    services.push_str("virtual unix - n n - - virtual\n");
    let unprivileged = [
        ("cleanup", "n", "0", "cleanup"),
        ("qmgr", "n", "1", "qmgr"),
        ("rewrite", "-", "-", "trivial-rewrite"),
        ("bounce", "-", "0", "bounce"),
        ("defer", "-", "0", "bounce"),
        ("trace", "-", "0", "bounce"),
        ("verify", "-", "1", "verify"),
        ("proxymap", "-", "-", "proxymap"),
        ("tlsmgr", "-", "1", "tlsmgr"),
        ("lmtp", "-", "-", "lmtp"),
        ("error", "-", "-", "error"),
        ("retry", "-", "-", "error"),
        ("anvil", "-", "1", "anvil"),
    ];
    for (name, is_private, processes, program) in unprivileged {
        services.push_str(&format!("{name} unix {is_private} - n - {processes} {program}\n"));
    }
    services
}

pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}
