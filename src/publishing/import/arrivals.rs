use std::collections::HashMap;
use std::io::{self, Cursor};

use anyhow::Result;
use unic_langid::LanguageIdentifier;

use super::cells::Cells;
use super::columns::email_of;
use super::export::{Export, open_exports};
use super::formats::{Setting, Source, Told};
use super::refused::{Reason, Refused};
use super::{MAX_NAME, Unzoned};
use crate::address::EmailAddress;
use crate::config::Timezone;
use crate::sheet::{Row, Rows, unguarded};
use crate::store::Arrival;

/// How much of a text that another program kept is kept here, in characters.
const MAX_TEXT: usize = 500;

/// The export of another program, read row by row.
pub struct ArrivalSheet {
    rows: Rows,
    source: Source,
    places: HashMap<String, usize>,
    email: usize,
    delimiter: char,
    file: String,
    is_confirmed: bool,
}

/// A reader, perhaps without their time zone; or why the row is not taken.
pub type ArrivalRow = Result<(Arrival, Option<Unzoned>), Refused>;

impl ArrivalSheet {
    /// `is_confirmed`: the operator vouches for those of whom the file says nothing.
    pub fn begin(export: Export, is_confirmed: bool) -> Result<Self> {
        let Export { name, source, header, lines } = export;
        let email = email_of(&header)?;
        let rows = Rows::new(lines, header.delimiter, header.names.len(), email);
        let (places, delimiter) = (header.places(), header.delimiter);
        Ok(Self { rows, source, places, email, delimiter, file: name.to_lowercase(), is_confirmed })
    }

    /// The next row; `None` at the end.
    pub fn next_row(&mut self) -> io::Result<Option<ArrivalRow>> {
        Ok(self.rows.next()?.map(|row| self.read(row)))
    }

    fn read(&self, row: Row) -> ArrivalRow {
        let (line, cells) = match row {
            Row::Cells { line, cells } => (line, cells),
            Row::Broken { line, text, reason } => return Err(Refused::new(line, &text, Reason::Broken(reason))),
        };
        let address = cells.get(self.email).map_or("", |cell| unguarded(cell.trim()));
        if address.is_empty() {
            return Err(Refused::new(line, &cells.join(&self.delimiter.to_string()), Reason::NoAddress));
        }
        let refused = |reason| Refused::new(line, address, reason);
        let email = EmailAddress::parse(address).map_err(|error| refused(Reason::Address(error)))?;
        let setting = Setting { file: &self.file, is_confirmed: self.is_confirmed };
        let cells = Cells { places: &self.places, cells: &cells };
        let told = self.source.told(&cells, &setting).map_err(refused)?;
        if told.name.chars().count() > MAX_NAME {
            return Err(refused(Reason::NameTooLong));
        }
        let timezone = Timezone::find(told.zone.trim());
        let is_unknown = timezone.is_none() && !told.zone.is_empty();
        let unzoned = is_unknown.then(|| Unzoned::new(line, email.as_str(), &told.zone));
        let Told { name, language, mut evidence, standing, since, lists, source, kept, .. } = told;
        if kept.is_none() {
            evidence.page = evidence.page.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
        }
        let source = source.map_or_else(|| self.source.origin(), Into::into);
        let language = language_of(&language);
        Ok((Arrival { line, email, name, language, timezone, standing, since, evidence, source, lists, kept }, unzoned))
    }
}

impl std::fmt::Debug for ArrivalSheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArrivalSheet").field("file", &self.file).field("source", &self.source).finish_non_exhaustive()
    }
}

/// The tag of a language (BCP 47); empty where a text is none.
fn language_of(text: &str) -> String {
    let is_tag = text.split(['-', '_']).next().is_some_and(|language| (2..=3).contains(&language.len()));
    let parsed = text.replace('_', "-").parse::<LanguageIdentifier>().ok().filter(|_| is_tag);
    parsed.map(|language| language.to_string()).unwrap_or_default()
}

/// Everything that a file or an archive says, from bytes to values: nothing is asked of a store.
pub fn arrivals_of(name: &str, bytes: Vec<u8>) -> Result<Vec<ArrivalRow>> {
    let mut rows = Vec::new();
    for export in open_exports(name, Cursor::new(bytes), None)?.exports {
        let mut sheet = ArrivalSheet::begin(export, false)?;
        while let Some(row) = sheet.next_row()? {
            rows.push(row);
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Standing;

    fn read(name: &str, text: &str) -> Vec<ArrivalRow> {
        arrivals_of(name, text.as_bytes().to_vec()).unwrap()
    }

    fn told(name: &str, text: &str) -> Vec<Arrival> {
        read(name, text).into_iter().map(|row| row.unwrap().0).collect()
    }

    fn time(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn mailchimps_rows_tell_consent_and_tags() {
        let subscribed = told("x.csv", include_str!("../../../tests/subscribers/exports/mailchimp-subscribed.csv"));
        let ada = &subscribed[0];
        assert_eq!(
            (ada.name.as_str(), ada.language.as_str(), &ada.standing),
            ("Ada Okoro", "en", &Standing::Subscribed)
        );
        assert_eq!(ada.timezone.map(Timezone::name), Some("Africa/Lagos"));
        assert_eq!(ada.lists, ["Accra", "Editors"]);
        assert_eq!(ada.source, "import from Mailchimp");
        assert_eq!(ada.evidence.asked_at, time("2018-02-05T19:28:22Z"));
        assert_eq!(ada.evidence.asked_from, "192.0.2.7".parse().ok());
        assert_eq!(ada.evidence.confirmed_at, time("2018-02-05T19:31:00Z"));
        assert_eq!(ada.evidence.confirmed_from, "192.0.2.8".parse().ok());
        assert_eq!((ada.since, ada.line), (time("2018-02-05T19:28:22Z"), 2));

        let left = told("x.csv", include_str!("../../../tests/subscribers/exports/mailchimp-unsubscribed.csv"));
        let reason = "NORMAL: too many mails".to_owned();
        assert_eq!(left[0].standing, Standing::Unsubscribed { at: time("2018-07-23T12:19:27Z"), reason });
        let reason = "complaint, says Mailchimp".to_owned();
        assert_eq!(left[2].standing, Standing::Complained { at: time("2021-06-06T12:56:15Z"), reason });
        // A row that is cut off before it says when they left has left all the same.
        let ragged = told("x.csv", "Email Address,LEID,EUID,UNSUB_TIME\na@example.org,1\n");
        assert_eq!(ragged[0].standing, Standing::Unsubscribed { at: None, reason: String::new() });
        let header = "Email Address,MEMBER_RATING,LAST_CHANGED\na@example.org,2,2024-01-01 00:00:00\n";
        assert_eq!(told("subscribed_segment_export_1.csv", header)[0].standing, Standing::Subscribed);
        assert!(matches!(told("unsubscribed_export.csv", header)[0].standing, Standing::Unsubscribed { .. }));
        assert!(matches!(told("cleaned_export.csv", header)[0].standing, Standing::Cleaned { .. }));
        let outside = read("nonsubscribed_export.csv", header).remove(0).unwrap_err();
        assert_eq!(outside.reason, Reason::Marked("never subscribed, as the file says"));
    }

    #[test]
    fn every_programs_words_are_understood() {
        let standings = |text: &str| -> Vec<&'static str> {
            let word = |row: ArrivalRow| match row.map(|(arrival, _)| arrival.standing) {
                Ok(Standing::Subscribed) => "subscribed",
                Ok(Standing::Pending) => "pending",
                Ok(Standing::Unsubscribed { .. }) => "left",
                Ok(Standing::Cleaned { .. }) => "cleaned",
                Ok(Standing::Complained { .. }) => "complained",
                Err(_) => "refused",
            };
            read("x.csv", text).into_iter().map(word).collect()
        };
        let rows = |header: &str, words: &[&str]| -> String {
            let row = |(n, word): (usize, &&str)| format!("r{n}@example.org,{word}\n");
            format!("{header}\n{}", words.iter().enumerate().map(row).collect::<String>())
        };
        let words = ["1", "2", "3", "4", "5", ""];
        assert_eq!(
            standings(&rows("email,status,cid", &words)),
            ["subscribed", "left", "cleaned", "complained", "refused", "pending"]
        );
        let words =
            ["regular", "churning", "past_due", "unactivated", "unsubscribed", "spammy", "removed", "undeliverable"];
        assert_eq!(
            standings(&rows("email,subscriber_type", &words)),
            ["subscribed", "subscribed", "subscribed", "pending", "left", "cleaned", "left", "cleaned"]
        );
        let words = ["active", "inactive", "needs_attention", "invalid", "validating"];
        assert_eq!(
            standings(&rows("Email,Status,Subscription Tier", &words)),
            ["subscribed", "left", "pending", "cleaned", "pending"]
        );
        let words = ["enabled", "disabled", "blocklisted"];
        assert_eq!(standings(&rows("email,status,uuid,attributes", &words)), ["subscribed", "left", "cleaned"]);
        let words = ["active", "unsubscribed", "unreachable"];
        assert_eq!(standings(&rows("Email,Status,External ID,Data", &words)), ["subscribed", "left", "cleaned"]);
        let words = ["TRUE", "false", ""];
        assert_eq!(standings(&rows("email,subscribed_to_emails", &words)), ["subscribed", "left", "pending"]);
        assert_eq!(standings(&rows("email,email_disabled", &words)), ["left", "subscribed", "subscribed"]);
        let words = ["confirmed", "pending", "ended", "odd"];
        assert_eq!(
            standings(&rows("email,state,newsletter,source,created_at", &words)),
            ["subscribed", "pending", "left", "refused"]
        );
    }

    #[test]
    fn fields_of_json_are_found_and_a_broken_one_costs_nobody_their_place() {
        let listmonk = told("x.csv", include_str!("../../../tests/subscribers/exports/listmonk.csv"));
        assert_eq!(listmonk[0].timezone.map(Timezone::name), Some("Africa/Lagos"));
        assert_eq!((listmonk[0].language.as_str(), &listmonk[0].lists), ("en", &vec!["Editors".to_owned()]));
        assert_eq!(listmonk[1].since, time("2023-03-05T05:06:07.123456Z"));
        let broken = told("x.csv", "Email,External ID,Status,Data\na@example.org,,active,\"{\"\"tags\"\": [\"\n");
        assert_eq!((broken.len(), broken[0].lists.len()), (1, 0));
        let dora = told("x.csv", "cid,status,EMAIL,TZ\n1,subscribed,a@example.org,Mars/Base\n");
        assert_eq!(dora[0].timezone, None);
        assert_eq!(language_of("pt_br"), "pt-BR");
        assert_eq!((language_of("English"), language_of("")), (String::new(), String::new()));
    }
}
