//! What to write instead, where the value itself cannot say.

/// The known word nearest to `text`, where one is near enough to have been meant.
pub(super) fn nearest<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    known
        .map(|word| (edit_distance(&lower, &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= (word.len() / 3).clamp(1, 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// Insertions, deletions and replacements from one text to the other (Levenshtein).
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// Advice for a key that is missing, empty or of the wrong kind; `path` is dotted, without indices.
pub(super) fn for_key(path: &str) -> Option<&'static str> {
    let advice = match path {
        "publisher" => "add a [publisher] table with name, website and address",
        "publisher.name" => "write: name = \"Harmattan Press\"",
        "publisher.website" => "write: website = \"https://example.org\"",
        "publisher.address" => {
            "the law asks for a postal address in every message (CAN-SPAM), write: address = \"1 Example Street, Accra\""
        }
        "publisher.logo" => "write: logo = \"https://example.org/logo.png\"",
        "web" => "add a [web] table with public_url",
        "web.listen" => "write an IP address and a port: listen = \"127.0.0.1:8080\"",
        "web.public_url" => "write what readers reach griot at: public_url = \"https://brief.example.org\"",
        "smtp" => "add an [smtp] table with url; url = \"dir:outbox\" writes messages to files, and sends nothing",
        "smtp.url" => "write: url = \"smtps://user@host:465\" or, to write files, url = \"dir:outbox\"",
        "smtp.id" => "write: id = \"ses\"",
        "smtp.idle" => "write: idle = \"1m\"",
        "dkim" => "write it under a heading of its own: [dkim]",
        "dkim.domain" => "write: domain = \"example.org\"",
        "dkim.selector" => "write: selector = \"griot\"",
        "dkim.key_file" => "write: key_file = \"dkim.pem\"",
        "smtp.rate" | "delivery.rate" | "delivery.domain.rate" => "write: rate = \"50/s\"",
        "delivery.domain" => "write each under a heading of its own: [[delivery.domain]]",
        "delivery.domain.names" => "write a list: names = [\"gmail.com\"]",
        "delivery.resume_refused" => "write: resume_refused = \"15m\"",
        "platform" => "write each platform under a heading of its own: [[platform]]",
        "platform.id" => "write a short name for URLs: id = \"north-star\"",
        "platform.name" => "write: name = \"North Star\"",
        "platform.website" => "write: website = \"https://example.org\"",
        "platform.feeds" => "write a list: feeds = [\"https://example.org/feed\"]",
        "platform.front_page" => "write: front_page = \"https://example.org/front-page\"",
        "signal_feed" => "write each under a heading of its own: [[signal_feed]]",
        "signal_feed.outlet" => "write whose feed it is: outlet = \"The Courier\"",
        "signal_feed.url" => "write: url = \"https://courier.example/feed\"",
        "counts" => "write it under a heading of its own: [counts]",
        "calendar" => "write each calendar under a heading of its own: [[calendar]]",
        "calendar.url" => "write: url = \"https://example.org/events.ics\"",
        "calendar.timezone" => "write: timezone = \"Africa/Accra\"",
        "newsletter" => "write each newsletter under a heading of its own: [[newsletter]]",
        "newsletter.id" => "write a short name for URLs: id = \"weekly-brief\"",
        "newsletter.name" => "write: name = \"The Weekly Brief\"",
        "newsletter.from" => "write: from = \"Harmattan Press <brief@example.org>\"",
        "newsletter.reply_to" => "write: reply_to = \"editors@example.org\"",
        "newsletter.sender" => "write: sender = \"brief@example.org\"",
        "newsletter.owner" => "write: owner = \"editors@example.org\"",
        "newsletter.editors" => "write a list: editors = [\"editor@example.org\"]",
        "newsletter.schedule" => "write: schedule = \"0 8 * * FRI\"",
        "newsletter.timezone" => "write: timezone = \"Africa/Accra\"",
        "newsletter.local_hour" => "write: local_hour = \"08:00\"",
        "newsletter.quiet" => "write: quiet = \"22:00-07:00\"",
        "newsletter.deadline" => "write: deadline = \"24h\"",
        "newsletter.relays" => "write a list of ids: relays = [\"ses\"]",
        "webhook" => "write each webhook under a heading of its own: [[webhook]]",
        "webhook.id" => "write a short name: id = \"crm\"",
        "webhook.url" => "write: url = \"https://crm.example.org/griot\"",
        "webhook.events" => "write a list: events = [\"subscriber.subscribed\"]",
        "webhook.newsletters" => "write a list of ids: newsletters = [\"weekly-brief\"]",
        "web.metrics" => "write a list: metrics = [\"127.0.0.1\", \"10.0.0.0/8\"]",
        "alerts" => "write it under a heading of its own: [alerts]",
        "alerts.to" => "write a list: to = [\"ops@example.org\"]",
        "alerts.webhook" => "write the id of a webhook: webhook = \"crm\"",
        "alerts.late" => "write: late = \"15m\"",
        "alerts.feed" => "write: feed = \"1d\"",
        "alerts.complaints" => "write: complaints = \"0.1%\"",
        "alerts.disk" => "write: disk = \"10%\"",
        "alerts.certificate" => "write: certificate = \"14d\"",
        "log" => "write it under a heading of its own: [log]",
        "unsubscribe.mailto" => "write: mailto = \"unsubscribe@example.org\"",
        "bounces" => "write it under a heading of its own: [bounces]",
        "doctor" => "write it under a heading of its own: [doctor]",
        "doctor.resolver" => "write: resolver = \"9.9.9.9\"",
        "hooks" => "write each under a heading of its own: [hooks.ses]",
        "hooks.ses" => "write it under a heading of its own: [hooks.ses]",
        "hooks.ses.topics" => "write: topics = [\"arn:aws:sns:eu-west-1:123456789012:bounces\"]",
        "hooks.sendgrid" => "write it under a heading of its own: [hooks.sendgrid]",
        "hooks.sendgrid.public_key" => "copy the verification key from SendGrid's settings of the Event Webhook",
        "hooks.mailgun" => "write it under a heading of its own: [hooks.mailgun]",
        "hooks.postmark" => "write it under a heading of its own: [hooks.postmark]",
        "hooks.postmark.user" => "write: user = \"postmark\"",
        "hooks.postmark.header" => "write: header = \"X-Griot-Secret\"",
        "hooks.generic" => "write it under a heading of its own: [hooks.generic]",
        "bounces.imap" => "write it under a heading of its own: [bounces.imap]",
        "bounces.imap.id" => "write a short name: id = \"bounces\"",
        "bounces.imap.url" => "write: url = \"imaps://user@host:993/INBOX\"",
        "bounces.imap.poll" => "write: poll = \"5m\"",
        "bounces.imap.oauth2" => "write it under a heading of its own: [bounces.imap.oauth2]",
        "bounces.imap.oauth2.token_url" => "write: token_url = \"https://oauth2.googleapis.com/token\"",
        "bounces.imap.oauth2.client_id" => "write the id that the provider gave your application",
        "bounces.imap.oauth2.refresh_token_file" => "write: refresh_token_file = \"imap-refresh-token\"",
        "bounces.lmtp" => "write: lmtp = \"127.0.0.1:2424\"",
        "bounces.max_size" => "write: max_size = \"10MB\"",
        "bounces.domain" => "write: domain = \"bounce.example.org\"",
        _ => return None,
    };
    Some(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_word() {
        let known = ["schedule", "stories", "sender"];
        assert_eq!(nearest("shedule", known.into_iter()), Some("schedule"));
        assert_eq!(nearest("Story", known.into_iter()), None);
        assert_eq!(nearest("zebra", known.into_iter()), None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
    }
}
