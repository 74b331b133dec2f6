//! Scripts that come in by a feed (rule W): they reach neither a message nor a page, whatever they are hidden in. The
//! pages are looked at in Chromium without their Content-Security-Policy, so that it hides nothing.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use chrono::Utc;
use mail_parser::MessageParser;

use crate::support::daemon::Daemon;
use crate::support::griot::Griot;
use crate::support::lint::lint;
use crate::support::port::free_port;
use crate::support::{configuration, feed_server};

const PATIENCE: Duration = Duration::from_secs(60);

/// What an attacker writes where text is meant, as it is once a feed reader has undone the feed's own escapes.
const TEXTS: [&str; 9] = [
    "<script>window.__pwned=1</script>Storm warning",
    "Ferry \"><img src=x onerror=window.__pwned=1>",
    "&lt;script&gt;window.__pwned=1&lt;/script&gt; in the north",
    "&amp;lt;img src=x onerror=window.__pwned=1&amp;gt; again",
    "</title></style></textarea><script>window.__pwned=1</script>Harbour",
    "--><![endif]--><svg onload=window.__pwned=1></svg>Choir",
    "]]><math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=window.__pwned=1&gt;\">Market",
    "<noscript><p title=\"</noscript><img src=x onerror=window.__pwned=1>\"></noscript>Cinema",
    "{{ 7*7 }} ' onmouseover='window.__pwned=1' autofocus onfocus='window.__pwned=1' Radio",
];

const BODY: &str = "<p onclick=\"window.__pwned=1\">Body.</p><iframe srcdoc=\"<script>parent.__pwned=1</script>\"></iframe>\
    <a href=\" java\tscript:window.__pwned=1\">link</a><object data=\"data:text/html,<script>window.__pwned=1</script>\"></object>\
    <details open ontoggle=window.__pwned=1><form action=\"javascript:window.__pwned=1\"><button>x</button></form>\
    <img src=\"https://images.example.org/x.jpg\" alt='\"><script>window.__pwned=1</script>' onload=window.__pwned=1>\
    <style>@import 'javascript:window.__pwned=1'</style><base href=\"https://evil.example/\">";

const IMAGES: [&str; 4] = [
    "javascript:window.__pwned=1",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='window.__pwned=1'/>",
    "https://images.example.org/x.jpg\" onerror=\"window.__pwned=1",
    "https://images.example.org/good.jpg",
];

#[test]
fn w_no_script_of_a_feed_reaches_a_message_or_a_page() {
    let feeds = feed_server::serve(vec![("feed".to_owned(), hostile_feed())]);
    let port = free_port();
    let text = configuration::text(&[format!("{feeds}feed")], 9, port)
        .replace("smtp://127.0.0.1:9?tls=none", "dir:outbox")
        .replacen("[publisher]", "[publisher]\ntagline = \"News that travels\"", 1);
    let griot = Griot::set_up(&text);
    griot.run(&["fetch"]);
    griot.run(&["subscribers", "add", "ada@example.com", "--newsletter", "weekly-brief", "--confirmed"]);
    let sent = griot.json(&["send", "weekly-brief", "--wait", "--json"]);
    assert_eq!(sent["state"], "sent", "{sent}");

    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attacks-stored");
    fs::create_dir_all(&folder).unwrap();
    let keep = |name: &str, html: &str| fs::write(folder.join(format!("{name}.html")), html).unwrap();
    let message = message(&griot);
    // What is text is still there, as text.
    assert!(message.contains("in the north") && message.contains("Storm warning"), "{message}");
    keep("message", &message);
    let _daemon = Daemon::start(&griot, port);
    for (name, path) in [
        ("online", "/archive/weekly-brief/1"),
        ("archive", "/archive"),
        ("newsletter", "/archive/weekly-brief"),
        ("found", "/archive?q=storm"),
        ("found-script", "/archive?q=script"),
        ("sign-up", "/"),
    ] {
        let page = get(port, path);
        assert!(page.starts_with("HTTP/1.1 200"), "{path}: {page}");
        keep(name, page.split_once("\r\n\r\n").unwrap().1);
    }
    let atom = get(port, "/archive/weekly-brief.atom");
    keep("atom", &contents(atom.split_once("\r\n\r\n").unwrap().1));
    let offer = get(port, "/embed.json");
    assert!(!offer.contains("__pwned"), "{offer}");
    lint("scripts.mjs", &[folder.as_os_str()]);
}

/// RSS with a story for each of the texts, which stands in every place a story has for text.
fn hostile_feed() -> Vec<u8> {
    let mut feed = String::from(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\"><channel>\
         <title>Harmattan</title><link>https://example.org/</link>",
    );
    for (number, text) in TEXTS.iter().enumerate() {
        let (image, hours) = (escaped(IMAGES[number % IMAGES.len()]), number + 1);
        let (text, body) = (escaped(text), escaped(BODY));
        let published = (Utc::now() - chrono::TimeDelta::hours(hours as i64)).to_rfc2822();
        let link = escaped(&format!("https://example.org/{number}?a=\"><script>window.__pwned=1</script>"));
        feed.push_str(&format!(
            "<item><title>{text}</title><link>{link}</link><guid isPermaLink=\"false\">{number}{text}</guid>\
             <dc:creator>{text}</dc:creator><category>{text}</category><pubDate>{published}</pubDate>\
             <description>{text} is what is known so far.</description><content:encoded>{body}</content:encoded>\
             <media:content url=\"{image}\" medium=\"image\" width=\"1200\" height=\"800\"><media:title>{text}</media:title>\
             <media:description>{text}</media:description><media:credit>{text}</media:credit></media:content></item>"
        ));
    }
    feed.push_str(
        "<item><title>A link that is none</title><link>javascript:window.__pwned=1</link></item></channel></rss>",
    );
    feed.into_bytes()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The HTML of what was sent.
fn message(griot: &Griot) -> String {
    let mut mails = fs::read_dir(griot.path().join("outbox")).unwrap();
    let mail = fs::read(mails.next().expect("a message was sent").unwrap().path()).unwrap();
    MessageParser::default().parse(&mail).unwrap().body_html(0).unwrap().into_owned()
}

/// What a feed reader shows of an Atom feed.
fn contents(atom: &str) -> String {
    let escaped = atom.split("<content type=\"html\">").skip(1).map(|rest| rest.split_once("</content>").unwrap().0);
    let html = escaped.map(|html| quick_xml::escape::unescape(html).unwrap());
    format!("<!DOCTYPE html><title>Atom</title><main>{}", html.collect::<String>())
}

/// The whole answer.
fn get(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
