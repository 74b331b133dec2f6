//! The store of a desk under a configuration with some lines changed, by a clock of the test's.

use super::rows;
use chrono::{DateTime, Utc};
use griot::config::Config;
use griot::delivery::Stop;
use griot::mailroom::Queue;
use griot::publishing::Press;
use tokio::net::TcpListener;

use super::desk::Desk;
use super::pages::CONFIG;

/// A press on the desk's store. Each change is a text of the configuration and what stands in its place.
pub fn changed(desk: &Desk, changes: &[(&str, &str)], clock: fn() -> DateTime<Utc>) -> Press {
    let web = "public_url = \"http://127.0.0.1:8080\"\ntrusted_proxies = [\"127.0.0.1\"]";
    let mut text = CONFIG.replace("public_url = \"PUBLIC_URL\"", web);
    for (old, new) in changes {
        assert!(text.contains(old), "the configuration has no {old}");
        text = text.replacen(old, new, 1);
    }
    let config = Config::parse(&text, &desk.dir.path().join("griot.toml"), &rows::environment(desk.dir.path()));
    Press::open(config.unwrap_or_else(|error| panic!("{error}")), clock).unwrap()
}

/// Its pages, until the test ends; their address.
pub async fn serve(press: &Press) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (queue, written_down) = Queue::new(press.clone());
    tokio::spawn(written_down);
    let pages = griot::desk::router(press.clone(), Stop::new().1);
    tokio::spawn(griot::web::run(press.clone(), queue, pages, listener, std::future::pending()));
    base
}
