//! A Dovecot of our own in a temporary folder, with one mailbox, and a server that hands out tokens for it.
//!
//! It must be started by root, because that is how Dovecot drops its rights.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use super::certificate::Certificate;
use super::port::free_port;
use super::postfix::{files, is_root};
use super::wait::until;

pub const USER: &str = "bounces";
pub const PASSWORD: &str = "open, \"sesame\" ü";
/// `nobody`: who owns the mails.
const MAIL_USER: u32 = 65534;

pub struct Dovecot {
    folder: TempDir,
    pub certificate: Certificate,
    /// With STARTTLS; plain text is taken from this machine.
    pub port: u16,
    pub tls_port: u16,
    pub tokens: TokenServer,
    process: Child,
}

impl Dovecot {
    /// Nothing is started, and that said aloud, where this user is not root.
    pub fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// The same with these lines more in its configuration.
    pub fn start_with(more: &str) -> Option<Self> {
        if !is_root() {
            // Past the test harness, which would keep it to itself.
            let _ = writeln!(std::io::stderr(), "NOT RUN: only root can start a Dovecot, so no mailbox was tested");
            return None;
        }
        let version = Command::new("dovecot").arg("--version").output();
        let version = version.expect("Dovecot is not installed: run ./check, which installs it").stdout;
        let version = String::from_utf8(version).unwrap();
        assert!(version.starts_with("2.3."), "Dovecot {version} is not known here: tests/support/dovecot.rs wants 2.3");
        let folder = tempfile::Builder::new().prefix("griot-dovecot-").tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let certificate = Certificate::make();
        certificate.copy_for(folder.path(), 0);
        let (port, tls_port, tokens) = (free_port(), free_port(), TokenServer::start());
        let configuration = folder.path().join("dovecot.conf");
        fs::write(&configuration, configured(folder.path(), port, tls_port, tokens.port) + more).unwrap();
        let process =
            Command::new("dovecot").arg("-F").arg("-c").arg(&configuration).stdin(Stdio::null()).spawn().unwrap();
        let dovecot = Self { folder, certificate, port, tls_port, tokens, process };
        for name in ["", ".Done", ".Empfänger"] {
            dovecot.make_folder(if name == ".Empfänger" { ".Empf&AOQ-nger" } else { name });
        }
        dovecot.set_password(PASSWORD);
        let answers = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        until(Duration::from_secs(20), "Dovecot answers", answers);
        Some(dovecot)
    }

    pub fn set_password(&self, password: &str) {
        let path = self.folder.path().join("passwd");
        fs::write(&path, format!("{USER}:{{PLAIN}}{password}\n")).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    }

    fn make_folder(&self, name: &str) {
        let mail = self.maildir(name);
        for folder in [mail.clone(), mail.join("new"), mail.join("cur"), mail.join("tmp")] {
            fs::create_dir_all(&folder).unwrap();
            chown(folder, Some(MAIL_USER), Some(MAIL_USER)).unwrap();
        }
    }

    fn maildir(&self, name: &str) -> PathBuf {
        self.folder.path().join("mail").join(name)
    }

    /// Puts a mail into the inbox, as a mail server does.
    pub fn deliver(&self, name: &str, mail: &str) {
        let (tmp, new) = (self.maildir("").join("tmp").join(name), self.maildir("").join("new").join(name));
        fs::write(&tmp, mail).unwrap();
        chown(&tmp, Some(MAIL_USER), Some(MAIL_USER)).unwrap();
        fs::rename(tmp, new).unwrap();
    }

    /// The files of the mails in a folder; the inbox is "".
    pub fn mails(&self, folder: &str) -> Vec<PathBuf> {
        let maildir = self.maildir(folder);
        [files(&maildir.join("new")), files(&maildir.join("cur"))].concat()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

fn configured(root: &Path, port: u16, tls_port: u16, token_port: u16) -> String {
    let root = root.display();
    fs::write(
        format!("{root}/oauth2.conf"),
        format!("tokeninfo_url = http://127.0.0.1:{token_port}/info?access_token=\nusername_attribute = email\n"),
    )
    .unwrap();
    format!(
        "protocols = imap\n\
         listen = 127.0.0.1\n\
         base_dir = {root}/run\n\
         state_dir = {root}/state\n\
         log_path = {root}/log\n\
         ssl = yes\n\
         ssl_cert = <{root}/ca.pem\n\
         ssl_key = <{root}/key.pem\n\
         auth_mechanisms = plain login xoauth2 oauthbearer\n\
         auth_failure_delay = 0\n\
         auth_cache_size = 0\n\
         mail_location = maildir:{root}/mail\n\
         mail_max_userip_connections = 100\n\
         first_valid_uid = 1\n\
         first_valid_gid = 1\n\
         passdb {{\n  driver = passwd-file\n  mechanisms = plain login\n  args = {root}/passwd\n}}\n\
         passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {root}/oauth2.conf\n}}\n\
         userdb {{\n  driver = static\n  args = uid={MAIL_USER} gid={MAIL_USER} home={root}/mail\n}}\n\
         service imap-login {{\n  \
           inet_listener imap {{\n    port = {port}\n  }}\n  \
           inet_listener imaps {{\n    port = {tls_port}\n    ssl = yes\n  }}\n}}\n"
    )
}

/// A server that hands out access tokens for a refresh token, which it changes each time.
pub struct TokenServer {
    pub port: u16,
    state: Arc<Mutex<Tokens>>,
}

#[derive(Default)]
struct Tokens {
    handed_out: usize,
    /// Answered to every request for a token instead.
    refusal: Option<String>,
    asked: Vec<String>,
}

impl TokenServer {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(Tokens::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Self { port, state }
    }

    pub fn refuse(&self, answer: Option<&str>) {
        self.state.lock().unwrap().refusal = answer.map(str::to_owned);
    }

    pub fn handed_out(&self) -> usize {
        self.state.lock().unwrap().handed_out
    }

    /// The forms that asked for a token.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().unwrap().asked.clone()
    }
}

fn serve(stream: TcpStream, state: &Mutex<Tokens>) {
    let mut stream = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    if stream.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let mut state = state.lock().unwrap();
    let (status, answer) = if first.starts_with("POST /token ") {
        let form = String::from_utf8(body).unwrap();
        let wanted = format!("refresh_token=refresh-{}", state.handed_out);
        let is_known = form.split('&').any(|pair| pair == wanted);
        state.asked.push(form);
        match (&state.refusal, is_known) {
            (Some(refusal), _) => ("400 Bad Request", refusal.clone()),
            (None, false) => ("400 Bad Request", "{\"error\":\"invalid_grant\"}".into()),
            (None, true) => {
                state.handed_out += 1;
                let number = state.handed_out;
                (
                    "200 OK",
                    format!(
                        "{{\"access_token\":\"access-{number}\",\"expires_in\":3600,\"refresh_token\":\"refresh-{number}\"}}"
                    ),
                )
            }
        }
    } else if state.handed_out > 0 && first.contains(&format!("access_token=access-{} ", state.handed_out)) {
        ("200 OK", format!("{{\"email\":\"{USER}\"}}"))
    } else {
        ("401 Unauthorized", "{\"error\":\"invalid_token\"}".into())
    };
    let length = answer.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.get_mut().write_all((head + &answer).as_bytes()).unwrap();
}
