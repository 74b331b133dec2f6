//! A small `griot.toml` for tests.

/// One platform with these feeds, the newsletter `weekly-brief`, a relay on a port of
/// 127.0.0.1. The next scheduled edition is on a leap day, so that no daemon makes one by itself.
pub fn text(feeds: &[String], relay_port: u16, web_port: u16) -> String {
    format!(
        r#"
[publisher]
name = "Harmattan Press"
website = "https://example.org"
address = "1 Example Street, Accra"

[web]
listen = "127.0.0.1:{web_port}"
public_url = "http://127.0.0.1:{web_port}"

[smtp]
url = "smtp://127.0.0.1:{relay_port}?tls=none"

[delivery]
retry = ["1s"]
retry_unknown = "1s"

[feeds]
allow_private = true

[[platform]]
id = "harmattan"
name = "Harmattan"
website = "https://example.org"
feeds = {feeds:?}

[[newsletter]]
id = "weekly-brief"
name = "The Weekly Brief"
description = "The week's top stories, every Friday."
from = "Harmattan Press <brief@example.org>"
reply_to = "editors@example.org"
owner = "editors@example.org"
schedule = "0 3 29 2 *"
timezone = "Africa/Accra"
grace = "0s"
"#
    )
}
