//! The parts of the demo through their front doors: feeds over HTTP, the inbox over SMTP, the pages of both.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use chrono::{DateTime, Utc};
use griot::demo::front::{Chosen, Command, Facts, Link};
use griot::demo::inbox::{Inbox, Limits};
use griot::demo::stories::Newsroom;
use quick_xml::Reader;
use quick_xml::events::Event;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

fn now() -> DateTime<Utc> {
    "2026-03-06T07:30:00Z".parse().unwrap()
}

fn press() -> Arc<Newsroom> {
    Arc::new(Newsroom::at(now()))
}

fn facts() -> Facts {
    Facts {
        publisher: "Harmattan Press".into(),
        newsletter: "The Weekly Brief".into(),
        edition: "weekly-brief/1".into(),
        subject: "The traders set their own tariff".into(),
        stories: 10,
        platforms: 3,
        picks: vec![Chosen::new("The traders set their own tariff", "Also on North Star; lead of the week.".into())],
        must_read: vec![Chosen::new("The night bus is full again", "Most read: 3.1× usual views.".into())],
        read_also: vec!["The week the cranes stopped".into()],
        accepted: 25,
        not_accepted: 0,
        seconds: 0.3,
        pages: vec![Link { label: "Sign up".into(), url: "http://127.0.0.1:1/".into(), about: "one field".into() }],
        commands: vec![Command { line: "griot init press".into(), about: "begin".into() }],
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

struct Reply {
    status: u16,
    headers: String,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

async fn get(address: SocketAddr, path: &str, more: &str) -> Reply {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let headers = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    Reply { status, headers, body: bytes[end + 4..].to_vec() }
}

/// How often each element occurs, by its name with prefix; panics where the XML is not well-formed.
fn count_elements(xml: &str, name: &str) -> usize {
    let mut reader = Reader::from_str(xml);
    let mut count = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == name => count += 1,
            Event::Eof => return count,
            _ => {}
        }
    }
}

#[tokio::test]
async fn feeds_parse_and_carry_every_story() {
    let press = press();
    let address = serve(griot::demo::feeds::router(press.clone(), "http://demo.example/")).await;

    let rss = get(address, "/harmattan/feed", "").await;
    assert_eq!(rss.header("content-type"), Some("application/rss+xml; charset=utf-8"));
    let stories = press.platforms[0].stories.len();
    for name in ["item", "guid", "media:content", "media:credit", "slash:comments", "content:encoded", "dc:creator"] {
        assert_eq!(count_elements(rss.text(), name), stories, "{name}");
    }
    assert!(rss.text().contains("<link>http://demo.example/harmattan/judge-who-would-not-adjourn</link>"));

    let atom = get(address, "/beatline/atom.xml", "").await;
    let stories = press.platforms[1].stories.len();
    for name in ["entry", "published", "summary", "content", "media:credit", "slash:comments"] {
        assert_eq!(count_elements(atom.text(), name), stories, "{name}");
    }

    let json = get(address, "/north-star/feed.json", "").await;
    let feed: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    let items = feed["items"].as_array().unwrap();
    assert_eq!(items.len(), press.platforms[2].stories.len());
    for item in items {
        for field in ["id", "url", "title", "summary", "content_html", "image", "date_published"] {
            assert!(item[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
        }
        assert!(item["content_html"].as_str().unwrap().starts_with("<figure><img src=\"http://demo.example/images/"));
    }
}

#[tokio::test]
async fn an_unchanged_feed_is_not_sent_again() {
    let address = serve(griot::demo::feeds::router(press(), "http://demo.example")).await;
    for path in ["/harmattan/feed", "/beatline/atom.xml", "/north-star/feed.json"] {
        let first = get(address, path, "").await;
        assert_eq!(first.status, 200);
        let (tag, date) = (first.header("etag").unwrap(), first.header("last-modified").unwrap());
        for condition in [format!("If-None-Match: {tag}\r\n"), format!("If-Modified-Since: {date}\r\n")] {
            let again = get(address, path, &condition).await;
            assert_eq!(
                (again.status, again.body.len(), again.header("etag")),
                (304, 0, Some(tag)),
                "{path} {condition}"
            );
        }
        assert_eq!(get(address, path, "If-None-Match: \"other\"\r\n").await.status, 200);
    }
}

#[tokio::test]
async fn every_story_has_a_page_and_its_links_lead_somewhere() {
    let press = press();
    let address = serve(griot::demo::feeds::router(press.clone(), "http://demo.example")).await;
    for platform in &press.platforms {
        let front = get(address, &format!("/{}", platform.id), "").await;
        for story in &platform.stories {
            let path = format!("/{}/{}", platform.id, story.slug);
            assert!(front.text().contains(&format!("href=\"{path}\"")), "{path}");
            let page = get(address, &path, "").await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.text().contains("<h1>"), "{path}");
            for also in &story.read_also {
                assert!(page.text().contains(&format!("href=\"/{}/{also}\"", platform.id)), "{path}: {also}");
            }
        }
    }
    assert!(get(address, "/events", "").await.text().contains(&press.events[0].title));
    for path in ["/harmattan/nothing", "/nowhere", "/images/harmattan/nothing.png", "/images/nowhere/x.png"] {
        assert_eq!(get(address, path, "").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn every_picture_decodes_and_is_small() {
    let press = press();
    let address = serve(griot::demo::feeds::router(press.clone(), "http://demo.example")).await;
    for platform in &press.platforms {
        for story in &platform.stories {
            for (folder, size) in [("images", (1200, 800)), ("images/small", (360, 240))] {
                let path = format!("/{folder}/{}/{}.png", platform.id, story.slug);
                let reply = get(address, &path, "").await;
                assert_eq!(reply.header("content-type"), Some("image/png"), "{path}");
                assert!(reply.body.len() < 30_000, "{path} has {} octets", reply.body.len());
                let mut reader = png::Decoder::new(std::io::Cursor::new(&reply.body)).read_info().unwrap();
                let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
                let frame = reader.next_frame(&mut pixels).unwrap();
                assert_eq!((frame.width, frame.height), size, "{path}");
                let first = pixels[0];
                assert!(pixels.iter().any(|&pixel| pixel != first), "{path} is empty");
            }
        }
    }
}

/// A client that speaks line by line.
struct Smtp(BufReader<TcpStream>);

impl Smtp {
    async fn connect(address: SocketAddr) -> Self {
        let mut smtp = Self(BufReader::new(TcpStream::connect(address).await.unwrap()));
        assert!(smtp.reply().await.starts_with("220 "));
        smtp
    }

    async fn write(&mut self, text: &[u8]) {
        self.0.write_all(text).await.unwrap();
    }

    /// The last line of the next reply.
    async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).await.unwrap() > 0, "the server hung up");
            if line.as_bytes()[3] == b' ' {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn expect(&mut self, codes: &[&str]) {
        for code in codes {
            let reply = self.reply().await;
            assert!(reply.starts_with(code), "expected {code}, got {reply}");
        }
    }

    async fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        matches!(self.0.read_to_end(&mut rest).await, Ok(0))
    }
}

async fn serve_smtp(inbox: &Inbox) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let inbox = inbox.clone();
    tokio::spawn(async move { inbox.run(listener, pending()).await.unwrap() });
    address
}

const OPENING: &[u8] = b"EHLO a.example\r\nMAIL FROM:<bounces@example.org>\r\nRCPT TO:<kofi@example.org>\r\nDATA\r\n";

#[tokio::test]
async fn the_inbox_keeps_what_it_confirmed() {
    let inbox = Inbox::default();
    let mut smtp = Smtp::connect(serve_smtp(&inbox).await).await;
    smtp.write(OPENING).await;
    smtp.expect(&["250", "250", "250", "354"]).await;
    smtp.write(b"Subject: one\r\n\r\n..hidden dot\r\n.\r\n").await;
    smtp.expect(&["250"]).await;
    // Looked at without waiting: the reply promises that it is there.
    let message = inbox.message(1).unwrap();
    assert_eq!(message.bytes, b"Subject: one\r\n\r\n.hidden dot\r\n");
    assert_eq!(
        (message.envelope.from.as_str(), message.envelope.to.as_slice()),
        ("bounces@example.org", &["kofi@example.org".to_owned()][..])
    );
}

#[tokio::test]
async fn a_pipelined_session_is_answered_in_order_and_closed() {
    let inbox = Inbox::default();
    let mut smtp = Smtp::connect(serve_smtp(&inbox).await).await;
    let mut session = OPENING.to_vec();
    session.extend_from_slice(
        b"one\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.org>\r\nRCPT TO:<c@d.org>\r\nDATA\r\ntwo\r\n.\r\nQUIT\r\n",
    );
    smtp.write(&session).await;
    smtp.expect(&["250", "250", "250", "354", "250", "250", "250", "250", "354", "250", "221"]).await;
    assert!(smtp.is_closed().await);
    let newest_first: Vec<_> = inbox.messages().iter().map(|message| message.bytes.clone()).collect();
    assert_eq!(newest_first, [b"two\r\n", b"one\r\n"]);
    assert_eq!(inbox.messages()[0].envelope.to.len(), 2);
}

#[tokio::test]
async fn input_that_comes_octet_by_octet_is_understood() {
    let inbox = Inbox::default();
    let mut smtp = Smtp::connect(serve_smtp(&inbox).await).await;
    smtp.0.get_ref().set_nodelay(true).unwrap();
    let mut session = OPENING.to_vec();
    session.extend_from_slice(b"a\r\n..\r\n.\r\n");
    for octet in session {
        smtp.write(&[octet]).await;
    }
    smtp.expect(&["250", "250", "250", "354", "250"]).await;
    assert_eq!(inbox.message(1).unwrap().bytes, b"a\r\n.\r\n");
}

#[tokio::test]
async fn an_oversized_message_is_refused_and_the_next_one_kept() {
    let inbox = Inbox::new(Limits { message: 1000, ..Limits::default() });
    let mut smtp = Smtp::connect(serve_smtp(&inbox).await).await;
    let mut session = OPENING.to_vec();
    session.extend(b"xxxxxxxx\r\n".repeat(101));
    session.extend(b".\r\n");
    session.extend_from_slice(&OPENING[b"EHLO a.example\r\n".len()..]);
    session.extend(b"small\r\n.\r\n");
    smtp.write(&session).await;
    smtp.expect(&["250", "250", "250", "354", "552", "250", "250", "354", "250"]).await;
    assert_eq!(inbox.messages().len(), 1);
}

#[tokio::test]
async fn shutdown_ends_the_server_and_its_connections() {
    let inbox = Inbox::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(async move { inbox.run(listener, async { drop(stopped.await) }).await });
    let mut smtp = Smtp::connect(address).await;
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(smtp.is_closed().await);
    assert!(TcpStream::connect(address).await.is_err());
}

const MESSAGE: &[u8] = b"From: Harmattan Press <brief@example.org>\r\n\
To: Kofi <kofi@example.org>\r\n\
Subject: =?utf-8?Q?The_traders=E2=80=99_own_tariff?=\r\n\
List-Unsubscribe: <http://127.0.0.1:1/unsubscribe/abc>\r\n\
List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\
MIME-Version: 1.0\r\n\
Content-Type: multipart/alternative; boundary=b\r\n\
\r\n\
--b\r\n\
Content-Type: text/plain; charset=utf-8\r\n\
Content-Transfer-Encoding: quoted-printable\r\n\
\r\n\
Rice <610> cedis =E2=80=94 published\r\n\
--b\r\n\
Content-Type: text/html; charset=utf-8\r\n\
Content-Transfer-Encoding: base64\r\n\
\r\n\
PGh0bWw+PGhlYWQ+PC9oZWFkPjxib2R5PjxzY3JpcHQ+YWxlcnQoMSk8L3NjcmlwdD48YSBocmVmPSIvdSI+VTwvYT48L2JvZHk+PC9odG1sPg==\r\n\
--b--\r\n";

async fn serve_demo_with_one_message() -> SocketAddr {
    let inbox = Inbox::default();
    let mut smtp = Smtp::connect(serve_smtp(&inbox).await).await;
    smtp.write(OPENING).await;
    smtp.write(MESSAGE).await;
    smtp.write(b".\r\n").await;
    smtp.expect(&["250", "250", "250", "354", "250"]).await;
    serve(griot::demo::router(press(), "http://demo.example", inbox, Arc::new(OnceLock::from(facts())))).await
}

#[tokio::test]
async fn a_message_is_shown_in_all_its_forms() {
    let address = serve_demo_with_one_message().await;
    let list = get(address, "/inbox", "").await;
    assert!(list.text().contains("The traders’ own tariff") && list.text().contains("href=\"/inbox/1\""));

    let page = get(address, "/inbox/1", "").await;
    assert!(page.text().contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(page.text().contains("action=\"http://127.0.0.1:1/unsubscribe/abc\""), "RFC 8058 button");

    assert!(get(address, "/inbox/1/text", "").await.text().contains("Rice &#60;610&#62; cedis — published"));
    assert!(get(address, "/inbox/1/headers", "").await.text().contains("List-Unsubscribe=One-Click"));
    assert!(get(address, "/inbox/1/source", "").await.text().contains("Content-Transfer-Encoding: base64"));
    for path in ["/inbox/2", "/inbox/0", "/inbox/one", "/inbox/2/html", "/inbox/18446744073709551615"] {
        assert_eq!(get(address, path, "").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_html_of_a_message_may_show_pictures_and_do_nothing_else() {
    let address = serve_demo_with_one_message().await;
    let html = get(address, "/inbox/1/html", "").await;
    assert!(html.text().starts_with("<html><head><base target=\"_blank\"></head><body><script>"));
    let policy = html.header("content-security-policy").unwrap();
    for rule in ["default-src 'none'", "img-src http: https: data:", "form-action 'none'", "sandbox allow-popups"] {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(
        !policy.contains("script-src") && !policy.contains("allow-scripts") && !policy.contains("allow-same-origin")
    );
}

#[tokio::test]
async fn the_front_page_tells_what_happened_once_it_has() {
    let address = serve_demo_with_one_message().await;
    let page = get(address, "/", "").await;
    assert!(page.text().contains("A brief of ten stories from three platforms went to 25 readers"));
    assert_eq!(page.text().matches("src=\"/inbox/1/html\"").count(), 2, "desktop and phone");
    assert!(page.text().contains("http://127.0.0.1:1/") && page.text().contains("griot init press"));

    let waiting = serve(griot::demo::router(press(), "http://d.example", Inbox::default(), Arc::default())).await;
    assert!(get(waiting, "/", "").await.text().contains("The brief is on its way"));
}
