//! The desk under a configuration of its own, and forms that hold a file.

use super::rows;
use griot::config::Config;
use griot::delivery::Stop;
use griot::mailroom::Queue;
use griot::publishing::Press;
use reqwest::header::COOKIE;
use tokio::net::TcpListener;

use super::desk::{Browser, Desk, FROM_HERE};
use super::pages::{Answer, CONFIG, noon};

const BOUNDARY: &str = "----Desk7d1";

/// The same store served with further tables of the configuration; the address it is served at.
pub async fn with_tables(desk: &Desk, tables: &str) -> String {
    let web = "public_url = \"http://127.0.0.1:8080\"\ntrusted_proxies = [\"127.0.0.1\"]";
    let text = format!("{}\n{tables}", CONFIG.replace("public_url = \"PUBLIC_URL\"", web));
    let config = Config::parse(&text, &desk.dir.path().join("griot.toml"), &rows::environment(desk.dir.path()));
    let press = Press::open(config.unwrap_or_else(|error| panic!("{error}")), noon).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (queue, written_down) = Queue::new(press.clone());
    tokio::spawn(written_down);
    let pages = griot::desk::router(press.clone(), Stop::new().1);
    tokio::spawn(griot::web::run(press, queue, pages, listener, std::future::pending()));
    base
}

/// Sends a form of the desk's own with a file.
pub async fn send_file(browser: &Browser, path: &str, fields: &[(&str, &str)], name: &str, file: &[u8]) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
    body.extend(head.into_bytes());
    body.extend(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let cookies = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    let request = client
        .post(format!("{}{path}", browser.base))
        .header("x-forwarded-for", &browser.address)
        .header(COOKIE, cookies.join("; "))
        .header(FROM_HERE.0, FROM_HERE.1)
        .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .body(body);
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, body: String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned() }
}
