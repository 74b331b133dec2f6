//! A daemon killed while readers follow links has lost what they followed in its last second, and nothing before that.

use crate::support::rows;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::newsroom::Newsroom;
use crate::support::scripted_smtp::{Say, ScriptedSmtp};
use crate::support::wait::until;

/// What docs/clicks.md promises.
const LOST_AT_MOST: Duration = Duration::from_secs(1);
/// Of load before each kill.
const LOAD: Duration = Duration::from_millis(1_700);
const CONNECTIONS: usize = 4;
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_killed_daemon_lost_the_clicks_of_its_last_second_and_no_others() {
    let room = Newsroom::open(3, ScriptedSmtp::start(|_| Say::Usual), &[]);
    room.griot.run(&["send", "weekly-brief", "--wait"]);
    let links = links(&room);
    assert_eq!(links.len(), 4);

    let (mut answered, mut counted) = (Vec::new(), 0);
    for _ in 0..2 {
        let (daemon, notices) = room.daemon();
        drop(notices);
        let load = Load::begin(port_of(daemon.id()), &links);
        thread::sleep(LOAD);
        daemon.kill();
        let killed = Instant::now();
        answered.push(load.end());
        let before = counted;
        counted = clicks(&room);
        let all = answered.last().unwrap();
        let old = all.iter().filter(|at| killed - **at > LOST_AT_MOST).count() as u64;
        assert!(old > 0, "the load did not begin in time");
        let new = counted - before;
        // One may be counted and its answer lost with the connection.
        let most = (all.len() + CONNECTIONS) as u64;
        assert!((old..=most).contains(&new), "{new} are counted, of {} answered, {old} of them long before", all.len());
    }

    // One that is asked to stop loses none.
    let (daemon, _notices) = room.daemon();
    let load = Load::begin(port_of(daemon.id()), &links);
    thread::sleep(Duration::from_millis(500));
    daemon.terminate();
    daemon.end();
    let all = load.end().len() as u64;
    let new = clicks(&room) - counted;
    assert!((all..=all + CONNECTIONS as u64).contains(&new), "{new} are counted, of {all} answered");
}

/// Follows links as fast as they are answered, over some connections, until they are cut.
struct Load {
    answered: Arc<Mutex<Vec<Instant>>>,
    is_over: Arc<AtomicBool>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Load {
    fn begin(port: u16, links: &[String]) -> Self {
        let (answered, is_over) = (Arc::<Mutex<Vec<Instant>>>::default(), Arc::<AtomicBool>::default());
        let follow = |number: usize| {
            let (answered, is_over, links) = (answered.clone(), is_over.clone(), links.to_vec());
            thread::spawn(move || {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                for link in links.iter().cycle().skip(number) {
                    if is_over.load(Relaxed) || follow(&mut stream, link).is_none() {
                        return;
                    }
                    answered.lock().unwrap().push(Instant::now());
                }
            })
        };
        let threads = (0..CONNECTIONS).map(follow).collect();
        Self { answered, is_over, threads }
    }

    /// When each answer was there.
    fn end(self) -> Vec<Instant> {
        self.is_over.store(true, Relaxed);
        self.threads.into_iter().for_each(|one| one.join().unwrap());
        std::mem::take(&mut self.answered.lock().unwrap())
    }
}

/// `None` where the connection is cut before the answer is whole, which has no body.
fn follow(stream: &mut TcpStream, link: &str) -> Option<()> {
    write!(stream, "GET {link} HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/5.0\r\n\r\n").ok()?;
    let (mut answer, mut buffer) = (Vec::new(), [0; 2048]);
    while !answer.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => answer.extend(&buffer[..read]),
        }
    }
    assert!(answer.starts_with(b"HTTP/1.1 302 "), "{}", String::from_utf8_lossy(&answer));
    Some(())
}

/// The links of the edition, as its readers have them.
fn links(room: &Newsroom) -> Vec<String> {
    let html: String = store(room).query_row("SELECT html FROM editions", [], |row| row.get(0)).unwrap();
    let mut links: Vec<String> = html
        .split("http://127.0.0.1:8080/r/")
        .skip(1)
        .map(|rest| format!("/r/{}", rest.split('"').next().unwrap()))
        .collect();
    links.sort();
    links.dedup();
    links
}

fn clicks(room: &Newsroom) -> u64 {
    let sum = "SELECT coalesce(sum(readers + scanners), 0) FROM clicks";
    store(room).query_row(sum, [], |row| row.get(0)).unwrap()
}

fn store(room: &Newsroom) -> griot::store::Db {
    rows::of(room.griot.path())
}

/// The port on which a process of ours listens, as the kernel tells it.
fn port_of(process: u32) -> u16 {
    let mut port = None;
    until(PATIENCE, "the daemon listens", || {
        port = listening(process);
        port.is_some()
    });
    port.unwrap()
}

fn listening(process: u32) -> Option<u16> {
    let sockets: Vec<String> = std::fs::read_dir(format!("/proc/{process}/fd"))
        .ok()?
        .filter_map(|entry| Some(std::fs::read_link(entry.ok()?.path()).ok()?.to_str()?.to_owned()))
        .filter_map(|target| Some(target.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let table = std::fs::read_to_string(format!("/proc/{process}/net/tcp")).ok()?;
    table.lines().skip(1).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // 0A is LISTEN.
        let is_ours = words[3] == "0A" && sockets.iter().any(|socket| socket == words[9]);
        let (_, port) = words[1].split_once(':')?;
        is_ours.then(|| u16::from_str_radix(port, 16).unwrap())
    })
}
