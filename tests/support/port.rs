//! A port for who must know it before somebody listens there.

use std::hash::{BuildHasher, RandomState};
use std::net::{TcpListener, UdpSocket};

/// Those that the kernel gives to nobody who asks for any (`ip_local_port_range`): a port that is taken, given back and
/// taken again after a while would else be somebody's connection now and then.
const PORTS: std::ops::Range<u16> = 10_000..32_000;

/// Nobody listens there, neither by TCP nor by UDP.
pub fn free_port() -> u16 {
    let is_free = |port: &u16| {
        let address = ("127.0.0.1", *port);
        TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
    };
    let number = |round: u32| (RandomState::new().hash_one(round) % PORTS.len() as u64) as u16;
    (0..100).map(|round| PORTS.start + number(round)).find(is_free).expect("no port is free")
}
