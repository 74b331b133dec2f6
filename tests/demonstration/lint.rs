//! The demo as a newcomer sees it in Chromium, by day and by night, wide and narrow, and its brief before the linters
//! that look at every brief (rules H and W).

// Each test file uses its part of it.
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::demo::Demo;
use crate::support::lint::lint;
use mail_parser::MessageParser;

#[tokio::test]
async fn h_and_w_chromium_and_axe_find_nothing_on_any_page_of_the_demo() {
    let demo = Demo::start(&[]);
    let step = |name: &str, url: &str, is_brief: bool| {
        let url = if url.starts_with('/') { format!("{}{url}", demo.url) } else { url.to_owned() };
        serde_json::json!({ "name": name, "url": url, "status": 200, "isBrief": is_brief })
    };
    let steps = serde_json::Value::Array(vec![
        step("front", "/", false),
        step("inbox", "/inbox", false),
        step("message", "/inbox/1", false),
        step("text", "/inbox/1/text", false),
        step("brief", "/inbox/1/html", true),
        step("story", "/harmattan/judge-who-would-not-adjourn", false),
        step("archive", &demo.link("The archive").await, false),
        step("online", &demo.link("This edition online").await, true),
        step("preferences", &demo.link("Preferences").await, false),
        step("unsubscribe", &demo.link("Unsubscribe").await, false),
    ])
    .to_string();
    let pictures = folder("demo");
    tokio::task::spawn_blocking(move || lint("web.mjs", &[steps.as_ref(), pictures.as_os_str()])).await.unwrap();
}

#[tokio::test]
async fn h_the_brief_of_the_demo_passes_every_linter() {
    let demo = Demo::start(&[]);
    let message = demo.message(1).await;
    let parsed = MessageParser::default().parse(&message).unwrap();
    let briefs = folder("demo-brief");
    fs::write(briefs.join("brief.html"), parsed.body_html(0).unwrap().as_bytes()).unwrap();
    // No mail program shows the page in the archive.
    let pages = folder("demo-online");
    fs::write(pages.join("online.html"), demo.get(&demo.link("This edition online").await).await).unwrap();
    let run = move || {
        lint("clients.mjs", &[briefs.as_os_str(), "--some".as_ref()]);
        for folder in [briefs, pages] {
            lint("html.mjs", &[folder.as_os_str()]);
            lint("access.mjs", &[folder.as_os_str()]);
        }
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

/// Under `target/tmp`, where one can also look at what is in it.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}
