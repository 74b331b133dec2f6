//! A web site that does what a test says, and remembers what it was asked.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How a request is answered.
#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Status(&'static str),
    /// A redirect.
    To(&'static str),
    Page(&'static str),
    /// Never: the connection stays open.
    Silence,
}

type Script = Box<dyn Fn(&str, &str) -> Reply + Send + Sync>;

struct Inner {
    script: Script,
    asked: Mutex<Vec<String>>,
    user_agents: Mutex<Vec<String>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// Until the test's process ends.
pub struct Site {
    /// Without a slash at its end.
    pub url: String,
    inner: Arc<Inner>,
}

impl Site {
    /// `script` is given the method and the path.
    pub fn open(script: impl Fn(&str, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            script: Box::new(script),
            asked: Mutex::default(),
            user_agents: Mutex::default(),
            open: AtomicUsize::new(0),
            most_open: AtomicUsize::new(0),
        });
        let serving = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let inner = Arc::clone(&serving);
                thread::spawn(move || answer(stream?, &inner));
            }
        });
        Self { url, inner }
    }

    /// `HEAD /path`, in the order they came.
    pub fn asked(&self) -> Vec<String> {
        self.inner.asked.lock().unwrap().clone()
    }

    /// What was asked since this was last called.
    pub fn newly_asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.inner.asked.lock().unwrap())
    }

    pub fn user_agents(&self) -> Vec<String> {
        self.inner.user_agents.lock().unwrap().clone()
    }

    pub fn most_at_once(&self) -> usize {
        self.inner.most_open.load(SeqCst)
    }
}

fn answer(mut stream: TcpStream, site: &Inner) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while let Some(line) = lines.next().transpose()?.filter(|line| !line.is_empty()) {
        if let Some(agent) = line.to_ascii_lowercase().strip_prefix("user-agent: ") {
            site.user_agents.lock().unwrap().push(agent.to_owned());
        }
    }
    let mut words = request.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    site.most_open.fetch_max(site.open.fetch_add(1, SeqCst) + 1, SeqCst);
    site.asked.lock().unwrap().push(format!("{method} {path}"));
    let reply = (site.script)(method, path);
    // So that two who come at once are here at once.
    thread::sleep(Duration::from_millis(20));
    site.open.fetch_sub(1, SeqCst);
    let (status, location, body) = match reply {
        Reply::Status(status) => (status, String::new(), "."),
        Reply::To(path) => ("302 Found", format!("Location: {path}\r\n"), ""),
        Reply::Page(body) => ("200 OK", "Content-Type: text/html; charset=utf-8\r\n".to_owned(), body),
        Reply::Silence => {
            thread::sleep(Duration::from_secs(3600));
            return Ok(());
        }
    };
    write!(stream, "HTTP/1.1 {status}\r\n{location}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    if method != "HEAD" {
        stream.write_all(body.as_bytes())?;
    }
    Ok(())
}
