//! The configuration as it is in force, and the look that comes of it. Nothing is changed here.

mod defaults;
mod look;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{Frame, page};
use super::guard::Signed;
use super::room::Room;
use crate::config::Config;
use crate::saying::time::in_zone;
use look::Look;

#[derive(Debug, Template)]
#[template(path = "desk/settings.html")]
struct Settings {
    frame: Frame,
    file: String,
    newsletters: Vec<Running>,
    groups: Vec<Group>,
    look: Look,
}

/// A newsletter in a few words.
#[derive(Debug)]
struct Running {
    name: String,
    description: String,
    schedule: String,
    next: String,
    approval: &'static str,
}

/// A table of the file.
#[derive(Debug)]
struct Group {
    name: String,
    rows: Vec<Setting>,
}

#[derive(Debug)]
struct Setting {
    key: String,
    value: String,
    /// `the file`, `the environment` or `default`.
    from: &'static str,
}

pub(super) async fn show(State(room): State<Room>, signed: Signed) -> Response {
    let (config, now) = (room.press().config(), room.press().now());
    let newsletters = config.newsletters.iter().map(|newsletter| {
        let zone = newsletter.timezone.zone();
        let next = newsletter.schedule.next_after(now, zone);
        Running {
            name: newsletter.name.to_string(),
            description: newsletter.description.as_ref().map_or_else(String::new, ToString::to_string),
            schedule: newsletter.schedule.to_string(),
            next: next.map_or_else(|| "it has no next run".to_owned(), |at| in_zone(at, zone, now)),
            approval: defaults::approval(newsletter),
        }
    });
    let page_of = Settings {
        frame: Frame::new(&room, &signed, "/desk/settings", "Settings"),
        file: config.written.file.display().to_string(),
        newsletters: newsletters.collect(),
        groups: groups(config),
        look: Look::of(&config.publisher),
    };
    page(StatusCode::OK, &page_of)
}

/// Every setting under its table: what the file says in its order, then what holds because nobody said anything else.
fn groups(config: &Config) -> Vec<Group> {
    let written = config.written.settings.iter().map(|(key, value)| (key.clone(), value.clone(), "the file"));
    let variables = config
        .written
        .variables
        .iter()
        .map(|name| (format!("environment.{name}"), "set".to_owned(), "the environment"));
    let defaults = defaults::of(config).into_iter().filter(|(key, _)| !config.written.has(key));
    let defaults = defaults.map(|(key, value)| (key, value, "default"));
    let mut groups: Vec<Group> = Vec::new();
    for (key, value, from) in written.chain(variables).chain(defaults) {
        let (name, key) = table_of(&key);
        let setting = Setting { key: key.to_owned(), value, from };
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.rows.push(setting),
            None => groups.push(Group { name: name.to_owned(), rows: vec![setting] }),
        }
    }
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    groups
}

/// A key's table: the first word, and of what there may be several its name too.
fn table_of(key: &str) -> (&str, &str) {
    let Some((first, rest)) = key.split_once('.') else { return ("", key) };
    let is_many = ["newsletter", "platform", "calendar", "signal_feed", "webhook"].contains(&first);
    match rest.split_once('.') {
        Some((name, rest)) if is_many => (&key[..first.len() + 1 + name.len()], rest),
        _ => (first, rest),
    }
}
