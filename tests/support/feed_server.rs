//! A web server for feeds, on a free port of 127.0.0.1, until the test's process ends.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use chrono::{DateTime, Utc};

/// What it serves: its path, without the slash, and the document.
pub type Page = (String, Vec<u8>);

/// Serves `pages` and gives the URL they stand under, with a slash at its end.
pub fn serve(pages: Vec<Page>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let pages = Arc::new(pages);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let pages = Arc::clone(&pages);
            thread::spawn(move || answer(stream?, &pages));
        }
    });
    url
}

fn answer(mut stream: TcpStream, pages: &[Page]) -> io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let page = pages.iter().find(|(name, _)| name == path);
    let (status, body) = page.map_or(("404 Not Found", [].as_slice()), |(_, body)| ("200 OK", body));
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")?;
    stream.write_all(body)
}

/// An RSS feed of one story an hour, going back from `now`. `name` keeps its stories apart from another feed's.
pub fn fresh_feed(now: DateTime<Utc>, name: &str, headlines: &[&str]) -> Vec<u8> {
    let mut feed =
        String::from("<rss version=\"2.0\"><channel><title>Harmattan</title><link>https://example.org/</link>");
    for (hours, headline) in (1..).zip(headlines) {
        let published = (now - chrono::TimeDelta::hours(hours)).to_rfc2822();
        feed.push_str(&format!(
            "<item><title>{headline}</title><link>https://example.org/{name}/{hours}</link><guid isPermaLink=\"false\">{name}-{hours}</guid>\
             <description>What is known about: {headline}</description><pubDate>{published}</pubDate></item>"
        ));
    }
    feed.push_str("</channel></rss>");
    feed.into_bytes()
}
