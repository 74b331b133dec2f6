//! What stands in the inbox before anything is opened: the subject and the preheader.

use super::brief::Brief;
use super::text;

/// Characters that fit one header line (RFC 5322 §2.1.1), and more than any inbox shows.
const SUBJECT: usize = 78;
/// F10.
const PREHEADER_MIN: usize = 40;
pub(super) const PREHEADER_MAX: usize = 130;

/// The subject: what the editor wrote, whole; else the lead headline in at most 78 characters, cut after a sentence or
/// a word. Never empty, and never a false reply or forward.
pub(super) fn subject(brief: &Brief) -> String {
    let written = without_reply_prefix(brief.subject.as_str());
    if !written.is_empty() {
        return written.to_owned();
    }
    let headline = without_reply_prefix(brief.lead.headline.as_str());
    if !headline.is_empty() {
        return text::excerpt(headline, SUBJECT);
    }
    brief.title()
}

/// The preheader, 40 to 130 characters (F10): what the editor wrote; else the headlines after the lead, or with one
/// story alone its standfirst. The promise, the day and the publisher follow where that is too short.
pub(super) fn preheader(brief: &Brief) -> String {
    let headlines = brief.stories.iter().map(|story| story.headline.as_str());
    let fixed = [brief.promise(), brief.publisher.words.full_date(brief.date), brief.publisher.name.to_string()];
    let mut parts: Vec<&str> = if !brief.preheader.is_empty() {
        vec![brief.preheader.as_str()]
    } else if brief.stories.is_empty() {
        vec![brief.lead.standfirst.as_str()]
    } else {
        headlines.collect()
    };
    parts.extend(fixed.iter().map(String::as_str));
    let mut line = String::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let joined = if line.is_empty() { part.to_owned() } else { format!("{line} · {part}") };
        let is_enough = line.chars().count() >= PREHEADER_MIN;
        if is_enough && joined.chars().count() > PREHEADER_MAX {
            break;
        }
        line = joined;
    }
    text::excerpt(&line, PREHEADER_MAX)
}

fn without_reply_prefix(line: &str) -> &str {
    let mut rest = line.trim();
    while let Some(after) = ["re", "fw", "fwd"].iter().find_map(|prefix| {
        let (head, tail) = rest.split_once(':')?;
        head.trim().eq_ignore_ascii_case(prefix).then(|| tail.trim())
    }) {
        rest = after;
    }
    rest
}
