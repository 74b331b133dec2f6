//! A real name server (NSD) on a port of 127.0.0.1, for as long as its test runs. It is asked for what its zones hold,
//! and refuses to say anything of other names.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::port::free_port;
use super::wait::until;

pub struct Nsd {
    server: Child,
    pub port: u16,
    /// Its configuration and its zones.
    folder: TempDir,
}

impl Nsd {
    /// Serves these zones: each a name, and a zone file.
    pub fn start(zones: &[(String, String)]) -> Self {
        let folder = tempfile::Builder::new().prefix("griot-nsd-").tempdir().unwrap();
        let port = free_port();
        let within = folder.path().to_str().unwrap();
        let mut configuration = format!(
            "server:\n  ip-address: 127.0.0.1\n  port: {port}\n  do-ip6: no\n  server-count: 1\n  username: \"\"\n  \
             chroot: \"\"\n  database: \"\"\n  pidfile: \"\"\n  zonesdir: \"{within}\"\n  xfrdir: \"{within}\"\n  \
             xfrdfile: \"{within}/xfrd.state\"\n  zonelistfile: \"{within}/zone.list\"\nremote-control:\n  \
             control-enable: no\n"
        );
        for (name, content) in zones {
            fs::write(folder.path().join(format!("{name}.zone")), content).unwrap();
            configuration += &format!("zone:\n  name: \"{name}\"\n  zonefile: \"{name}.zone\"\n");
        }
        let file = folder.path().join("nsd.conf");
        fs::write(&file, configuration).unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let server = Command::new("/usr/sbin/nsd")
            .args(["-d", "-c", file.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("this test asks the name server nsd, which ./check installs");
        let mut nsd = Self { server, port, folder };
        until(Duration::from_secs(30), "the name server answers", || {
            let ended = nsd.server.try_wait().unwrap();
            let log = || fs::read_to_string(nsd.folder.path().join("log")).unwrap();
            assert!(ended.is_none(), "nsd ended: {}", log());
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        // A zone with a mistake is left out, which would look like a finding.
        let log = fs::read_to_string(nsd.folder.path().join("log")).unwrap();
        assert!(!log.contains("error"), "{log}");
        nsd
    }

    pub fn address(&self) -> String {
        SocketAddr::from(([127, 0, 0, 1], self.port)).to_string()
    }
}

impl Drop for Nsd {
    fn drop(&mut self) {
        // Its children end with it when they are told to, and not when it is killed.
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}
