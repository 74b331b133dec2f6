//! What only shows when values are seen together, or against the world: each check names the key it blames.

use std::collections::{HashMap, HashSet};

use super::problem::Step::{Index, Key};
use super::problem::{Problem, Step};
use super::selection::check_sections;
use super::{Colour, Config, DomainLimit, Newsletter, Period, Relay, Smtp};

type Checked = Result<(), Problem>;

pub(super) fn check(config: &Config) -> Checked {
    check_publisher(config)?;
    check_web(config)?;
    check_delivery(config)?;
    check_bounces(config)?;
    check_feeds(config)?;
    check_platforms(config)?;
    check_calendars(config)?;
    config.alerts.check(&config.webhooks)?;
    check_newsletters(config)
}

fn check_publisher(config: &Config) -> Checked {
    let publisher = &config.publisher;
    let (paper, ink) = (publisher.colours.paper(), publisher.colours.ink());
    let clear = ink.contrast(paper);
    if clear < Colour::CLEAR {
        let blamed = if publisher.colours.ink.is_some() { "ink" } else { "paper" };
        let message =
            format!("the ink {ink} on the paper {paper} has a contrast of {clear:.1} to 1, and text needs 7 to 1");
        return Err(Problem::new(message, "choose colours that are further apart").at([
            Key("publisher"),
            Key("colours"),
            Key(blamed),
        ]));
    }
    let accent = publisher.accent;
    let ratio = accent.contrast(paper);
    if ratio >= Colour::READABLE {
        return Ok(());
    }
    let message = format!("{accent} on the page's {paper} has a contrast of {ratio:.1} to 1, and text needs 4.5 to 1");
    let darker =
        if paper.contrast(Colour::new(0, 0, 0)) > ink.contrast(Colour::new(0, 0, 0)) { "darker" } else { "lighter" };
    Err(Problem::new(message, format!("choose a {darker} colour")).at([Key("publisher"), Key("accent")]))
}

fn check_web(config: &Config) -> Checked {
    let at = [Key("web"), Key("public_url")];
    let url = &config.web.public_url;
    if !url.is_https() && !url.is_loopback() {
        return Err(Problem::new(
            "it begins with http://, and mailbox providers honour one-click unsubscribe over https only (RFC 8058)",
            format!("write: public_url = \"{}\"", url.as_str().replacen("http", "https", 1).trim_end_matches('/')),
        )
        .at(at));
    }
    if url.as_url().query().is_some() || url.as_url().fragment().is_some() {
        return Err(Problem::new(
            "links are built by adding to it, so it can have no ? or #",
            "end it before the ? or #",
        )
        .at(at));
    }
    Ok(())
}

fn check_delivery(config: &Config) -> Checked {
    let delivery = &config.delivery;
    if delivery.retry.is_empty() {
        return Err(Problem::new("the list is empty", "write: retry = [\"1m\", \"5m\", \"15m\", \"30m\"]")
            .at([Key("delivery"), Key("retry")]));
    }
    let nothing = |at: Vec<Step>| {
        Problem::new("trying again without a wait would hammer the relay", "write \"1m\" or more").at(at)
    };
    if let Some(index) = delivery.retry.iter().position(|wait| wait.is_zero()) {
        return Err(nothing(vec![Key("delivery"), Key("retry"), Index(index)]));
    }
    if delivery.retry_then.is_zero() {
        return Err(nothing(vec![Key("delivery"), Key("retry_then")]));
    }
    check_domains(&delivery.domains)
}

fn check_bounces(config: &Config) -> Checked {
    if config.bounces.soft_editions == 0 {
        return Err(Problem::new("no address is suppressed for nothing", "write: soft_editions = 3")
            .at([Key("bounces"), Key("soft_editions")]));
    }
    Ok(())
}

fn check_domains(domains: &[DomainLimit]) -> Checked {
    let mut seen = HashSet::new();
    for (index, DomainLimit { names, rate, connections }) in domains.iter().enumerate() {
        let place = [Key("delivery"), Key("domain"), Index(index)];
        let blame = |problem: Problem, key| problem.at([Key(key)]).within(&place);
        if names.is_empty() {
            return Err(blame(Problem::new("the list is empty", "write: names = [\"gmail.com\"]"), "names"));
        }
        if let Some(position) = names.iter().position(|name| !seen.insert(name)) {
            let message = format!("{} stands here for the second time", names[position]);
            let problem = Problem::new(message, "name each domain in one table, once");
            return Err(problem.at([Key("names"), Index(position)]).within(&place));
        }
        match connections {
            Some(connections) if !(1..=1000).contains(connections) => {
                let message = format!("{connections} connections are not between 1 and 1000");
                return Err(blame(Problem::new(message, "write: connections = 10"), "connections"));
            }
            None if rate.is_none() => {
                let advice = "write rate = \"10/s\" or connections = 10, or take the table out";
                return Err(Problem::new("it names domains, and no limit for them", advice).at(place));
            }
            _ => {}
        }
    }
    Ok(())
}

fn check_feeds(config: &Config) -> Checked {
    if config.feeds.poll.as_secs() < 60 {
        return Err(Problem::new(
            "polling more often than once a minute burdens the platforms",
            "write: poll = \"15m\"",
        )
        .at([Key("feeds"), Key("poll")]));
    }
    if config.feeds.timeout.is_zero() {
        return Err(Problem::new("no feed answers within no time", "write: timeout = \"30s\"")
            .at([Key("feeds"), Key("timeout")]));
    }
    Ok(())
}

fn check_platforms(config: &Config) -> Checked {
    if config.platforms.is_empty() {
        return Err(Problem::new(
            "there is no platform, so there are no stories",
            "add a [[platform]] table with id, name, website and feeds",
        ));
    }
    let mut ids = HashMap::new();
    let mut feeds = HashMap::new();
    for (index, platform) in config.platforms.iter().enumerate() {
        if ids.insert(&platform.id, index).is_some() {
            let message = format!("two platforms are called `{}`", platform.id);
            return Err(Problem::new(message, "give each an id of its own").at([
                Key("platform"),
                Index(index),
                Key("id"),
            ]));
        }
        for (position, feed) in platform.feeds.iter().enumerate() {
            if let Some(first) = feeds.insert(feed, platform.id.as_str()) {
                let message = format!("{feed} is already a feed of `{first}`");
                return Err(Problem::new(message, "name each feed once, or its stories count twice").at([
                    Key("platform"),
                    Index(index),
                    Key("feeds"),
                    Index(position),
                ]));
            }
        }
    }
    for (index, platform) in config.platforms.iter().enumerate() {
        if let Some(front_page) = platform.front_page.as_ref().filter(|url| !platform.feeds.contains(url))
            && let Some(first) = feeds.insert(front_page, platform.id.as_str())
        {
            let message = format!("{front_page} is already a feed of `{first}`");
            let problem = Problem::new(message, "name a feed of this platform, or take it out");
            return Err(problem.at([Key("platform"), Index(index), Key("front_page")]));
        }
    }
    for (index, feed) in config.signal_feeds.iter().enumerate() {
        if let Some(first) = feeds.insert(&feed.url, &feed.outlet) {
            let message = format!("{} is already a feed of `{first}`", feed.url);
            let problem = Problem::new(message, "name each feed once; signal feeds are other outlets' feeds");
            return Err(problem.at([Key("signal_feed"), Index(index), Key("url")]));
        }
    }
    Ok(())
}

fn check_calendars(config: &Config) -> Checked {
    let feeds = config.platforms.iter().flat_map(|platform| &platform.feeds);
    let mut seen: HashMap<_, _> = feeds.map(|feed| (feed, "feed")).collect();
    for (index, calendar) in config.calendars.iter().enumerate() {
        if let Some(kind) = seen.insert(&calendar.url, "calendar") {
            let message = format!("{} is a {kind} already", calendar.url);
            let advice = "name each URL once: stories are read from feeds, events from calendars";
            return Err(Problem::new(message, advice).at([Key("calendar"), Index(index), Key("url")]));
        }
    }
    Ok(())
}

fn check_newsletters(config: &Config) -> Checked {
    if config.newsletters.is_empty() {
        return Err(Problem::new(
            "there is no newsletter, so there is nothing to send",
            "add a [[newsletter]] table with id, name, from, schedule and timezone",
        ));
    }
    let mut ids = HashMap::new();
    for (index, newsletter) in config.newsletters.iter().enumerate() {
        let at = |key| vec![Key("newsletter"), Index(index), Key(key)];
        if ids.insert(&newsletter.id, index).is_some() {
            let message = format!("two newsletters are called `{}`", newsletter.id);
            return Err(Problem::new(message, "give each an id of its own").at(at("id")));
        }
        for (position, id) in newsletter.platforms.iter().enumerate() {
            if config.platform(id.as_str()).is_none() {
                let known: Vec<&str> = config.platforms.iter().map(|platform| platform.id.as_str()).collect();
                let mut path = at("platforms");
                path.push(Index(position));
                let advice = format!("the platforms are: {}", known.join(", "));
                return Err(Problem::new(format!("there is no platform `{id}`"), advice).at(path));
            }
        }
        check_relays(newsletter, &config.relays).map_err(|problem| problem.within(&at("relays")))?;
        check_times(newsletter).map_err(|(key, problem)| problem.at(at(key)))?;
        check_newsletter(newsletter).map_err(|(key, problem)| problem.at(at(key)))?;
        newsletter.selection.check().map_err(|problem| problem.within(&at("selection")))?;
        check_sections(newsletter, &config.platforms)
            .map_err(|problem| problem.within(&[Key("newsletter"), Index(index)]))?;
    }
    Ok(())
}

/// A problem's path begins at the newsletter's list.
fn check_relays(newsletter: &Newsletter, relays: &[Smtp]) -> Checked {
    for (position, id) in newsletter.relays.iter().enumerate() {
        if !relays.iter().any(|relay| relay.id == *id) {
            let known: Vec<&str> = relays.iter().map(|relay| relay.id.as_str()).collect();
            let advice = format!("the relays are: {}", known.join(", "));
            return Err(Problem::new(format!("there is no relay `{id}`"), advice).at([Index(position)]));
        }
        if newsletter.relays[..position].contains(id) {
            let message = format!("`{id}` stands here for the second time");
            return Err(Problem::new(message, "name each once; its share is its weight").at([Index(position)]));
        }
    }
    let is_used = |relay: &&Smtp| newsletter.relays.is_empty() || newsletter.relays.contains(&relay.id);
    let is_folder = |relay: &Smtp| matches!(relay.relay, Relay::Directory(_));
    let used: Vec<&Smtp> = relays.iter().filter(is_used).collect();
    match (used.iter().find(|relay| is_folder(relay)), used.iter().find(|relay| !is_folder(relay))) {
        (Some(folder), Some(other)) => Err(Problem::new(
            format!(
                "`{}` writes files and `{}` sends, so a part of the readers would get nothing",
                folder.id, other.id
            ),
            format!("write: relays = [\"{}\"]", other.id),
        )),
        _ => Ok(()),
    }
}

fn check_times(newsletter: &Newsletter) -> Result<(), (&'static str, Problem)> {
    let Newsletter { local_hour, quiet, deadline, .. } = newsletter;
    if let (Some(local), Some(quiet)) = (local_hour, quiet)
        && quiet.contains(*local)
    {
        let message = format!("{} is within the quiet hours {quiet}", local.format("%H:%M"));
        let advice = format!("write {} or later, or change quiet", quiet.to.format("%H:%M"));
        return Err(("local_hour", Problem::new(message, advice)));
    }
    let Some(deadline) = deadline else { return Ok(()) };
    if deadline.is_zero() {
        let message = "it would be over before anything is sent";
        return Err(("deadline", Problem::new(message, "write \"24h\", or take it out")));
    }
    if let Some(local) = local_hour
        && *deadline < Period::from_hours(24)
    {
        let message = format!(
            "it takes a day until it has been {} everywhere, so after {deadline} readers would be left out",
            local.format("%H:%M")
        );
        return Err(("deadline", Problem::new(message, "write \"24h\" or more, or take local_hour out")));
    }
    Ok(())
}

fn check_newsletter(newsletter: &Newsletter) -> Result<(), (&'static str, Problem)> {
    let Newsletter { stories, min_stories, .. } = newsletter;
    if !(1..=100).contains(stories) {
        return Err(("stories", Problem::new(format!("{stories} is not between 1 and 100"), "write: stories = 10")));
    }
    if min_stories > stories {
        let message = format!(
            "it asks for at least {min_stories} stories, and stories allows {stories}: nothing would ever go out"
        );
        return Err(("min_stories", Problem::new(message, format!("write {stories} or less"))));
    }
    if newsletter.window.is_zero() {
        return Err(("window", Problem::new("no story is published within no time", "write: window = \"7d\"")));
    }
    if newsletter.must_read > 20 {
        let message = format!("{} headlines are more than a short list", newsletter.must_read);
        return Err(("must_read", Problem::new(message, "write: must_read = 5")));
    }
    if newsletter.events > 366 {
        let message = format!("{} days ahead is more than a year", newsletter.events);
        return Err(("events", Problem::new(message, "write: events = 7")));
    }
    if newsletter.intro.as_ref().is_some_and(|intro| intro.chars().any(|c| c.is_control() && c != '\n')) {
        return Err(("intro", Problem::new("it holds a control character", "leave out all but line breaks")));
    }
    let editors = &newsletter.editors;
    if let Some(position) = (1..editors.len()).find(|at| editors[..*at].contains(&editors[*at])) {
        let message = format!("{} stands here for the second time", editors[position]);
        return Err(("editors", Problem::new(message, "name each editor once")));
    }
    if let Some(provider) = free_mail_provider(newsletter.from.address.domain()) {
        return Err((
            "from",
            Problem::new(
                format!("{provider} lets nobody else send for its addresses (DMARC), so the message would be refused"),
                "write an address at a domain of your own, such as \"brief@example.org\"",
            ),
        ));
    }
    let list_id = newsletter.list_id();
    if list_id.len() > 255 {
        let message =
            format!("the List-ID built from it has {} characters, and 255 is the most (RFC 2919)", list_id.len());
        return Err(("from", Problem::new(message, "write an address at a shorter domain")));
    }
    Ok(())
}

/// Domains whose published policy makes every relay but their own fail.
fn free_mail_provider(domain: &str) -> Option<&str> {
    const PROVIDERS: [&str; 10] = [
        "aol.com",
        "gmail.com",
        "gmx.de",
        "googlemail.com",
        "hotmail.com",
        "icloud.com",
        "live.com",
        "outlook.com",
        "yahoo.com",
        "yahoo.co.uk",
    ];
    PROVIDERS.contains(&domain).then_some(domain)
}
