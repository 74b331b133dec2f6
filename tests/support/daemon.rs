//! A running `griot daemon`, which does not outlive its test.

use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::griot::Griot;
use super::wait::until;

pub struct Daemon(Child);

impl Daemon {
    /// Returns once its pages answer on this port.
    pub fn start(griot: &Griot, port: u16) -> Self {
        let daemon = Self(griot.command(&["daemon"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let answers = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        until(Duration::from_secs(60), "the daemon's pages answer", answers);
        daemon
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Nothing to do where it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
