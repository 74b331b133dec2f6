//! What a new publisher is asked: few things, each with the reason why, and with an answer that Enter gives.

use std::io::{BufRead, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use toml::Value;
use url::Url;

use super::discovery::feed_of;
use super::example::{Draft, Place, RELAY};
use crate::config::{HttpUrl, Timezone, id_like};

const BEGINNING: &str = "griot asks nine things, and writes the answers into its configuration, where all of it can be changed.\n\
                         Enter takes what stands in brackets.\n";

/// Asks on a terminal.
pub struct Questions<'a, R, W> {
    pub input: R,
    pub out: W,
    /// What it will be the configuration of.
    pub file: &'a Path,
}

impl<R: BufRead, W: Write> Questions<'_, R, W> {
    /// The draft with the answers in place. Nothing is written where the answers end early.
    pub async fn ask(mut self, draft: Draft) -> Result<Draft> {
        write!(self.out, "{BEGINNING}")?;
        let draft = draft.with_one_platform();
        // They say of the example what is not so elsewhere.
        let draft = draft.without(&[
            ("[publisher]", "tagline"),
            ("[[newsletter]]", "description"),
            ("[[newsletter]]", "reply_to"),
        ])?;

        let why = "Readers know you by this name: it stands in every message and on every page.";
        let (draft, name) = self.answer(draft, why, "Your name", "Harmattan Press", |name| {
            let mut values = vec![(("[publisher]", "name"), name.into()), (("[[platform]]", "name"), name.into())];
            values.extend(Some((("[[platform]]", "id"), id_like(name))).filter(|(_, id)| !id.is_empty()).map(of_text));
            values
        })?;

        let why = "The law asks for your postal address at the foot of every message (CAN-SPAM and its like).";
        let place: Place = ("[publisher]", "address");
        let (draft, _) =
            self.answer(draft, why, "Postal address", "1 Example Street, Accra", |text| one(place, text))?;

        let why = "Your name links to your website, and its stories are what the brief is made of.";
        let (draft, website) = self.answer(draft, why, "Website", "https://example.org", |text| {
            vec![(("[publisher]", "website"), text.into()), (("[[platform]]", "website"), text.into())]
        })?;
        let website = HttpUrl::parse(&website).map(|url| Url::parse(url.as_str()));
        let website = website.ok().and_then(Result::ok).context("a website that was just read")?;

        writeln!(self.out, "\nLooking for its feed at {} …", website.host_str().unwrap_or_default())?;
        self.out.flush()?;
        let (why, feed) = match feed_of(&website).await {
            Ok(feed) => ("Stories come from a feed: RSS, Atom or JSON Feed. Your website names this one.".into(), feed),
            Err(reason) => {
                let usual = website.join("/feed").unwrap_or_else(|_| website.clone());
                (format!("Stories come from a feed: RSS, Atom or JSON Feed. None was found: {reason}."), usual)
            }
        };
        let feeds = |text: &str| vec![(("[[platform]]", "feeds"), Value::Array(vec![text.into()]))];
        let (draft, _) = self.answer(draft, &why, "Feed", feed.as_str(), feeds)?;

        let why = "Readers sign up for the newsletter by its name.";
        let (draft, _) = self.answer(draft, why, "Newsletter", "The Weekly Brief", |name| {
            let mut values = one(("[[newsletter]]", "name"), name);
            values
                .extend(Some((("[[newsletter]]", "id"), id_like(name))).filter(|(_, id)| !id.is_empty()).map(of_text));
            values
        })?;

        let why = "It comes from this address. The domain must be yours: SPF, DKIM and DMARC are checked against it.";
        let domain = website.host_str().unwrap_or_default();
        let usual = format!("{name} <brief@{}>", domain.strip_prefix("www.").unwrap_or(domain));
        let place: Place = ("[[newsletter]]", "from");
        let (draft, _) = self.answer(draft, why, "Sender", &usual, |text| one(place, text))?;

        let why = "A relay takes the messages: smtps://user@host:465, or smtp://user@host:587. With dir:outbox they become\n\
                   files for now, and nothing is sent.";
        let usual = draft.relay()?;
        let (draft, _) = self.answer(draft, why, "Relay", &usual, |text| one(RELAY, text))?;

        let why = "The hours of the schedule are those of a place, by its name in the IANA time zone database.";
        let usual = timezone_of_this_machine().unwrap_or_else(|| "Africa/Accra".to_owned());
        let place: Place = ("[[newsletter]]", "timezone");
        let (draft, _) = self.answer(draft, why, "Time zone", &usual, |text| one(place, text))?;

        let why = "It goes out by a schedule: minute, hour, day of month, month, weekday. This is Friday at eight.";
        let place: Place = ("[[newsletter]]", "schedule");
        let (draft, _) = self.answer(draft, why, "When", "0 8 * * FRI", |text| one(place, text))?;
        writeln!(self.out)?;
        self.out.flush()?;
        Ok(draft)
    }

    /// Asks until the configuration takes the answer. Answers the answer, too.
    fn answer(
        &mut self,
        draft: Draft,
        why: &str,
        what: &str,
        usual: &str,
        values: impl Fn(&str) -> Vec<(Place, Value)>,
    ) -> Result<(Draft, String)> {
        write!(self.out, "\n{why}\n")?;
        loop {
            write!(self.out, "{what} [{usual}]: ")?;
            self.out.flush()?;
            let mut line = String::new();
            if self.input.read_line(&mut line).context("the answer cannot be read")? == 0 {
                writeln!(self.out)?;
                bail!("the answers ended early, and nothing was written; `griot init --yes` asks nothing");
            }
            let line = line.trim();
            let answer = if line.is_empty() { usual } else { line };
            match draft.with(&values(answer), self.file)? {
                Ok(draft) => return Ok((draft, answer.to_owned())),
                Err(problem) => writeln!(self.out, "  {problem}")?,
            }
        }
    }
}

fn one(place: Place, text: &str) -> Vec<(Place, Value)> {
    vec![(place, text.into())]
}

fn of_text((place, text): (Place, String)) -> (Place, Value) {
    (place, text.into())
}

/// What this machine is set to, where that says a place.
fn timezone_of_this_machine() -> Option<String> {
    let by_variable = std::env::var("TZ").ok();
    let by_link = || {
        let link = std::fs::read_link("/etc/localtime").ok()?;
        Some(link.to_str()?.split_once("zoneinfo/")?.1.to_owned())
    };
    let name = by_variable.or_else(by_link)?;
    let name = name.trim_start_matches(':');
    // UTC says only that nobody was asked.
    (name.contains('/') && !name.starts_with("Etc/") && Timezone::parse(name).is_ok()).then(|| name.to_owned())
}
