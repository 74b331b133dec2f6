//! An Exim of our own in a jail, which files all it is sent in one Maildir.

use std::process::Stdio;

use super::certificate::Certificate;
use super::jail::{Jail, MAIL_USER, Server};
use super::port::free_port;
use super::postfix::{READERS_DOMAIN, files};
use super::real_relay::{Offer, RealRelay, files_below, until_it_answers};

const PROGRAM: &str = "usr/sbin/exim4";

pub struct Exim {
    // Dropped in this order: the server ends before its folder goes.
    _server: Server,
    jail: Jail,
    port: u16,
}

impl Exim {
    pub fn start(offer: Offer, certificate: &Certificate) -> Self {
        // One user for all it does. The name is compiled in; the number is that of whom the Maildir belongs to.
        let jail = Jail::build("exim", &[PROGRAM], &[("Debian-exim", MAIL_USER)]);
        let port = free_port();
        for folder in ["spool", "etc/exim4"] {
            std::fs::create_dir(jail.path(folder)).unwrap();
        }
        std::os::unix::fs::chown(jail.path("spool"), Some(MAIL_USER), Some(MAIL_USER)).unwrap();
        certificate.copy_for(&jail.path("etc/exim4"), MAIL_USER);
        jail.write("etc/exim4/exim4.conf", &configuration(port, offer));
        let mut command = jail.command(&format!("/{PROGRAM}"));
        // What it says goes to its log.
        let server = Server(command.arg("-bdf").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let exim = Self { _server: server, jail, port };
        until_it_answers(&exim);
        exim
    }
}

impl RealRelay for Exim {
    fn port(&self) -> u16 {
        self.port
    }

    fn version(&self) -> String {
        let output = self.jail.command(&format!("/{PROGRAM}")).arg("-bV").output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        told.split_whitespace().nth(2).unwrap_or_else(|| panic!("no version: {output:?}")).to_owned()
    }

    fn filed(&self) -> Vec<std::path::PathBuf> {
        files(&self.jail.path("mail/new"))
    }

    fn queued(&self) -> usize {
        files_below(&self.jail.path("spool/input"))
    }

    /// A line of a message that is taken says P= how it came, and K where that was by BDAT.
    fn taken_by_bdat(&self) -> Option<usize> {
        let log = self.jail.read("spool/log/mainlog");
        let taken = log.lines().filter(|line| line.contains(" <= "));
        Some(taken.filter(|line| line.split(' ').any(|word| word == "K")).count())
    }

    fn log(&self) -> String {
        self.jail.read("spool/log/mainlog") + &self.jail.read("spool/log/paniclog")
    }
}

fn configuration(port: u16, offer: Offer) -> String {
    let hosts = |offered: bool| if offered { "*" } else { "" };
    let (tls, pipelining, chunking) = (hosts(offer.tls), hosts(offer.pipelining), hosts(offer.chunking));
    let needs_tls = if offer.tls { "  require encrypted = *\n" } else { "" };
    // Not one word about DKIM from DNS: the test has the keys, and this machine may have no network. Each message is
    // delivered as it is taken, however many come over a connection, and by the user who took it.
    format!(
        "keep_environment =\n\
         primary_hostname = relay.example\n\
         spool_directory = /spool\n\
         log_file_path = /spool/log/%slog\n\
         deliver_drop_privilege\n\
         disable_ipv6\n\
         local_interfaces = 127.0.0.1\n\
         daemon_smtp_ports = {port}\n\
         rfc1413_query_timeout = 0s\n\
         smtp_accept_max = 0\n\
         smtp_accept_queue_per_connection = 0\n\
         tls_advertise_hosts = {tls}\n\
         tls_certificate = /etc/exim4/ca.pem\n\
         tls_privatekey = /etc/exim4/key.pem\n\
         pipelining_advertise_hosts = {pipelining}\n\
         chunking_advertise_hosts = {chunking}\n\
         acl_smtp_mail = mail\n\
         acl_smtp_rcpt = rcpt\n\
         acl_smtp_data = data\n\
         begin acl\n\
         mail:\n\
         {needs_tls}  accept\n\
         rcpt:\n\
         \x20 accept\n\
         \x20   domains = {READERS_DOMAIN}\n\
         \x20   control = dkim_disable_verify\n\
         data:\n\
         \x20 accept\n\
         begin routers\n\
         readers:\n\
         \x20 driver = accept\n\
         \x20 domains = {READERS_DOMAIN}\n\
         \x20 transport = maildir\n\
         begin transports\n\
         maildir:\n\
         \x20 driver = appendfile\n\
         \x20 directory = /mail\n\
         \x20 maildir_format\n\
         \x20 return_path_add\n\
         \x20 delivery_date_add\n\
         \x20 envelope_to_add\n"
    )
}
