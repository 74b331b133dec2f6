//! Asks for pages at a constant rate and tells how long each took, for knowing what readers feel.
//!
//!     steady-load HOST:PORT RATE SECONDS [--connections N] < PATHS
//!
//! PATHS are asked for in turn, a line each, over N connections (50) that are kept open; where a form stands behind the
//! path, after a space, it is posted there. Each request has its moment,
//! whatever became of those before it, and its time runs from that moment: what has to wait behind a slow answer has
//! waited (no coordinated omission). A line for each request goes to the standard output: the moment in seconds since
//! 1970, microseconds until the answer was whole, and its status. Any answer that is none ends it.

use std::error::Error;
use std::fmt::Write;
use std::io::BufRead;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

const USAGE: &str = "steady-load HOST:PORT RATE SECONDS [--connections N] < PATHS";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
/// From the start of the program to the first request: for the connections to be made.
const LEAD: Duration = Duration::from_millis(200);

struct Load {
    server: String,
    /// Between two requests.
    apart: Duration,
    requests: u32,
    connections: u32,
    paths: Vec<String>,
}

struct Told {
    moment: Duration,
    took: Duration,
    status: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let load = Arc::new(Load::read(std::env::args().skip(1))?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut told = runtime.block_on(run(load))?;
    told.sort_by_key(|one| one.moment);
    let mut lines = String::new();
    for Told { moment, took, status } in told {
        writeln!(lines, "{:.6} {} {status}", moment.as_secs_f64(), took.as_micros())?;
    }
    print!("{lines}");
    Ok(())
}

async fn run(load: Arc<Load>) -> Result<Vec<Told>, Box<dyn Error>> {
    let start = Instant::now() + LEAD;
    let start_at = SystemTime::now().duration_since(UNIX_EPOCH)? + LEAD;
    let connections: Vec<_> = (0..load.connections)
        .map(|first| {
            let load = load.clone();
            tokio::spawn(async move { ask(&load, first, start, start_at).await.map_err(|error| error.to_string()) })
        })
        .collect();
    let mut told = Vec::new();
    for connection in connections {
        told.extend(connection.await??);
    }
    Ok(told)
}

/// Every so many-th request, on one connection.
async fn ask(load: &Load, first: u32, start: Instant, start_at: Duration) -> Result<Vec<Told>, Box<dyn Error>> {
    let mut stream = TcpStream::connect(&load.server).await?;
    stream.set_nodelay(true)?;
    let mut told = Vec::new();
    for number in (first..load.requests).step_by(load.connections as usize) {
        let due = load.apart * number;
        let path = &load.paths[number as usize % load.paths.len()];
        let head = format!("HTTP/1.1\r\nHost: {}\r\nUser-Agent: {BROWSER}\r\nAccept: */*\r\n", load.server);
        let request = match path.split_once(' ') {
            None => format!("GET {path} {head}\r\n"),
            Some((path, form)) => {
                let kind = "Content-Type: application/x-www-form-urlencoded";
                format!("POST {path} {head}{kind}\r\nContent-Length: {}\r\n\r\n{form}", form.len())
            }
        };
        sleep_until(start + due).await;
        stream.write_all(request.as_bytes()).await?;
        let status = answer(&mut stream).await?;
        told.push(Told { moment: start_at + due, took: (start + due).elapsed(), status });
    }
    Ok(told)
}

/// The status of an answer that was read to its end.
async fn answer(stream: &mut TcpStream) -> Result<String, Box<dyn Error>> {
    let mut read = Vec::with_capacity(2048);
    loop {
        if stream.read_buf(&mut read).await? == 0 {
            return Err("the server closed a connection".into());
        }
        let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = std::str::from_utf8(&read[..end])?;
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if read.len() >= end + 4 + length.unwrap_or(0usize) {
            return Ok(head.split(' ').nth(1).unwrap_or_default().to_owned());
        }
    }
}

impl Load {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut word = || words.next().ok_or(USAGE);
        let (server, rate, seconds) = (word()?, word()?.parse::<f64>()?, word()?.parse::<f64>()?);
        let connections = match words.next().as_deref() {
            None => 50,
            Some("--connections") => words.next().ok_or(USAGE)?.parse()?,
            Some(_) => return Err(USAGE.into()),
        };
        let paths: Vec<String> = std::io::stdin().lock().lines().collect::<Result<_, _>>()?;
        if paths.is_empty() {
            return Err(USAGE.into());
        }
        let apart = Duration::from_secs_f64(1.0 / rate);
        Ok(Self { server, apart, requests: (rate * seconds) as u32, connections, paths })
    }
}
