use crate::config::{Approval, Clicks, Config, Newsletter};
use crate::store::Location;

/// What holds of the keys an operator asks about most, by key: as it is in force, wherever it comes from.
pub(super) fn of(config: &Config) -> Vec<(String, String)> {
    let Config { publisher, store, web, delivery, feeds, sign_up, popup, bounces, .. } = config;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    let mut settings = vec![
        ("publisher.accent", publisher.accent.to_string()),
        ("publisher.language", publisher.language.to_string()),
        ("publisher.logo", or_none(publisher.logo.as_ref().map(ToString::to_string))),
        ("publisher.fonts.serif", publisher.fonts.serif.to_string()),
        ("publisher.fonts.sans", publisher.fonts.sans.to_string()),
        ("store", Location::from(store).to_string()),
        ("web.listen", web.listen.to_string()),
        ("delivery.rate", or_none(delivery.rate.map(|rate| rate.to_string()))),
        ("delivery.give_up", delivery.give_up.to_string()),
        ("delivery.retry_then", delivery.retry_then.to_string()),
        ("delivery.retry_unknown", delivery.retry_unknown.to_string()),
        ("delivery.drain", delivery.drain.to_string()),
        ("feeds.poll", feeds.poll.to_string()),
        ("feeds.timeout", feeds.timeout.to_string()),
        ("feeds.max_size", feeds.max_size.to_string()),
        ("feeds.allow_private", feeds.allow_private.to_string()),
        ("sign_up.min_time", sign_up.min_time.to_string()),
        ("sign_up.proof_of_work", sign_up.proof_of_work.to_string()),
        ("sign_up.per_address", sign_up.per_address.to_string()),
        ("sign_up.per_domain", sign_up.per_domain.to_string()),
        ("sign_up.overall", sign_up.overall.to_string()),
        ("sign_up.keep_ip", sign_up.keep_ip.to_string()),
        ("popup.after", popup.after.to_string()),
        ("popup.scroll", popup.scroll.to_string()),
        ("popup.leaving", popup.leaving.to_string()),
        ("popup.remember", popup.remember.to_string()),
        ("bounces.domain", or_none(bounces.domain.clone())),
        ("bounces.soft_editions", bounces.soft_editions.to_string()),
        ("bounces.soft_period", bounces.soft_period.to_string()),
        ("bounces.pause_ours", bounces.pause_ours.to_string()),
        ("bounces.pause_complaints", bounces.pause_complaints.to_string()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect::<Vec<_>>();
    if let [relay] = config.relays.as_slice() {
        settings.push(("smtp.connections".to_owned(), relay.connections.to_string()));
        settings.push(("smtp.depth".to_owned(), relay.depth.to_string()));
        settings.push(("smtp.rate".to_owned(), or_none(relay.rate.map(|rate| rate.to_string()))));
        settings.push(("smtp.idle".to_owned(), relay.idle.to_string()));
    }
    for newsletter in &config.newsletters {
        let values = [
            ("language", config.language_of(newsletter).to_string()),
            ("grace", newsletter.grace.to_string()),
            ("window", newsletter.window.to_string()),
            ("stories", newsletter.stories.to_string()),
            ("min_stories", newsletter.min_stories.to_string()),
            ("must_read", newsletter.must_read.to_string()),
            ("events", newsletter.events.to_string()),
            ("platforms", joined(&newsletter.platforms)),
            ("relays", joined(&newsletter.relays)),
            ("approval", approval(newsletter).to_owned()),
            ("clicks", clicks(newsletter.clicks).to_owned()),
            ("opens", newsletter.opens.to_string()),
            ("listed", newsletter.listed.to_string()),
            ("archive", newsletter.archive.to_string()),
            ("welcome", newsletter.welcome.to_string()),
        ];
        settings.extend(values.map(|(key, value)| (format!("newsletter.{}.{key}", newsletter.id), value)));
    }
    settings
}

fn joined(ids: &[impl ToString]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// As the file has it.
pub(super) fn approval(newsletter: &Newsletter) -> &'static str {
    match newsletter.approval {
        Approval::Automatic => "automatic",
        Approval::Editor => "editor",
    }
}

fn clicks(clicks: Clicks) -> &'static str {
    match clicks {
        Clicks::Off => "off",
        Clicks::Aggregate => "aggregate",
        Clicks::Subscriber => "subscriber",
    }
}
