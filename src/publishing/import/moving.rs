use std::collections::{BTreeMap, HashSet};

use anyhow::{Context, Result, bail};

use super::arrivals::ArrivalSheet;
use super::export::Export;
use super::formats::Source;
use super::refused::{Reason, Refused};
use crate::publishing::Press;
use crate::store::{Arrival, Became, Db, MoveIn, Outcome, Placed, Standing};

/// Rows that are read, sorted and written together; all of them are one transaction.
const CHUNK: usize = 20_000;
/// Unmapped lists that are told of, at most: a program may keep a tag for every reader.
const MAX_UNMAPPED: usize = 1_000;

/// How readers are to move in.
#[derive(Clone, Debug, Default)]
pub struct Move {
    /// Where those go whose lists lead to no newsletter, by its id.
    pub newsletter: Option<String>,
    /// Lists, as their files call them, and the newsletter each leads to.
    pub maps: Vec<(String, String)>,
    /// The operator vouches for the consent of those of whom a file says nothing.
    pub is_confirmed: bool,
    /// Nothing is to stay: what would come of it is all that is asked.
    pub is_rehearsal: bool,
}

/// What came of it, or would.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    pub counts: Counts,
    /// As the files say, before anything was asked of the store.
    pub subscribed: u64,
    pub pending: u64,
    pub unsubscribed: u64,
    pub cleaned: u64,
    pub complained: u64,
    /// Why rows were refused, ended or suppressed.
    pub reasons: BTreeMap<String, u64>,
    pub by_newsletter: BTreeMap<String, Counts>,
    /// Lists that lead to no newsletter, with how many readers each has.
    pub unmapped: BTreeMap<String, u64>,
    pub without_timezone: u64,
    /// Every file with its format and its rows.
    pub files: Vec<(String, Source, u64)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub added: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub refused: u64,
    pub suppressed: u64,
    pub ended: u64,
}

/// What became of one row, for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedRow<'a> {
    pub file: &'a str,
    pub line: u64,
    /// The address, or the line where there is none.
    pub value: &'a str,
    pub name: &'a str,
    /// `added`, `updated`, `unchanged`, `ended`, `suppressed` or `refused`.
    pub word: &'static str,
    pub why: &'a str,
}

/// One row on its way.
struct Waiting {
    line: u64,
    value: String,
    name: String,
    end: &'static str,
    zone: String,
    became: Option<(Became, Option<Reason>)>,
}

type Tell<'t> = dyn FnMut(MovedRow<'_>) -> Result<()> + 't;

impl Press {
    /// Takes the readers of these files over, in one transaction; `tell` is told of every row, file by file in order. With
    /// [`Move::is_rehearsal`] it does all the same, and takes it back.
    pub fn move_in(&self, exports: Vec<Export>, plan: &Move, tell: &mut Tell<'_>) -> Result<Moved> {
        let newsletters = self.newsletters_of(plan)?;
        let work = |db: &Db| {
            let mut moving = Moving {
                plan,
                newsletters: &newsletters,
                keeps_ip: !self.config().sign_up.keep_ip.is_zero(),
                into: MoveIn::begin(db, &newsletters, self.now())?,
                moved: Moved::default(),
            };
            for export in exports {
                let name = export.name.clone();
                moving.file(export, tell).with_context(|| format!("cannot import {name}"))?;
            }
            let Moving { into, moved, .. } = moving;
            into.finish()?;
            Ok(moved)
        };
        if plan.is_rehearsal { self.store().rehearse(|db| work(db)) } else { self.store().write(|db| work(db)) }
    }

    /// Every newsletter that a reader may come to; griot's own exports name them themselves.
    fn newsletters_of(&self, plan: &Move) -> Result<Vec<String>> {
        let mut ids: Vec<String> = Vec::new();
        for id in plan.newsletter.iter().chain(plan.maps.iter().map(|(_, id)| id)) {
            ids.push(self.newsletter(id)?.id.to_string());
        }
        ids.extend(self.config().newsletters.iter().map(|newsletter| newsletter.id.to_string()));
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        Ok(ids)
    }
}

struct Moving<'a> {
    plan: &'a Move,
    newsletters: &'a [String],
    keeps_ip: bool,
    into: MoveIn<'a>,
    moved: Moved,
}

impl Moving<'_> {
    fn file(&mut self, export: Export, tell: &mut Tell<'_>) -> Result<()> {
        let (name, source) = (export.name.clone(), export.source);
        if source != Source::Griot && self.plan.newsletter.is_none() && self.plan.maps.is_empty() {
            bail!("it does not say which newsletter its readers are to get; add --newsletter or --map");
        }
        let mut sheet = ArrivalSheet::begin(export, self.plan.is_confirmed)?;
        let (mut rows, mut is_over) = (0, false);
        while !is_over {
            let (mut waiting, mut placed) = (Vec::new(), Vec::new());
            while waiting.len() < CHUNK && !is_over {
                match sheet.next_row().context("it cannot be read to its end")? {
                    None => is_over = true,
                    Some(Err(Refused { line, value, reason })) => {
                        let became = Some((Became::Unchanged, Some(reason)));
                        waiting.push(Waiting {
                            line,
                            value,
                            name: String::new(),
                            end: "",
                            zone: String::new(),
                            became,
                        });
                    }
                    Some(Ok((arrival, unzoned))) => {
                        let mut row = self.awaited(&arrival);
                        row.zone = unzoned.map(|unzoned| unzoned.zone).unwrap_or_default();
                        match self.placed(arrival, source) {
                            Some(place) => placed.push(place),
                            None => row.became = Some((Became::Unchanged, Some(Reason::NoNewsletter))),
                        }
                        waiting.push(row);
                    }
                }
            }
            rows += waiting.len() as u64;
            let outcomes = self.into.take(&mut placed)?;
            drop(placed);
            self.settle(&mut waiting, outcomes);
            self.tell(&name, &waiting, tell)?;
        }
        self.moved.files.push((name, source, rows));
        Ok(())
    }

    /// Counts what the file says of a reader.
    fn awaited(&mut self, arrival: &Arrival) -> Waiting {
        let (count, end) = match &arrival.standing {
            Standing::Subscribed => (&mut self.moved.subscribed, ""),
            Standing::Pending => (&mut self.moved.pending, ""),
            Standing::Unsubscribed { .. } => (&mut self.moved.unsubscribed, "left, as the file says"),
            Standing::Cleaned { .. } => (&mut self.moved.cleaned, "is never to be mailed, as the file says"),
            Standing::Complained { .. } => (&mut self.moved.complained, "complained, as the file says"),
        };
        *count += 1;
        let (value, name) = (arrival.email.to_string(), arrival.name.clone());
        Waiting { line: arrival.line, value, name, end, zone: String::new(), became: None }
    }

    /// What a reader is to get by their lists; `None` where nothing leads anywhere.
    fn placed(&mut self, mut arrival: Arrival, source: Source) -> Option<Placed> {
        if !self.keeps_ip {
            arrival.evidence.asked_from = None;
            arrival.evidence.confirmed_from = None;
        }
        let place_of = |id: &str| self.newsletters.iter().position(|known| known == id);
        let mut newsletters = Vec::new();
        for list in &arrival.lists {
            let mapped = self.plan.maps.iter().filter(|(from, _)| from.to_lowercase() == list.to_lowercase());
            let mut places: Vec<usize> = mapped.filter_map(|(_, to)| place_of(to)).collect();
            if places.is_empty() && source == Source::Griot {
                places.extend(place_of(list));
            }
            if places.is_empty() && (self.moved.unmapped.contains_key(list) || self.moved.unmapped.len() < MAX_UNMAPPED)
            {
                *self.moved.unmapped.entry(list.clone()).or_default() += 1;
            }
            newsletters.extend(places);
        }
        let default = self.plan.newsletter.as_deref().and_then(place_of);
        if matches!(arrival.standing, Standing::Unsubscribed { .. }) && source != Source::Griot {
            // Who left another program left all that comes from there.
            newsletters.extend(self.plan.maps.iter().filter_map(|(_, to)| place_of(to)));
            newsletters.extend(default);
        } else if newsletters.is_empty() {
            newsletters.extend(default);
        }
        newsletters.sort_unstable();
        newsletters.dedup();
        let needs_none = matches!(arrival.standing, Standing::Cleaned { .. } | Standing::Complained { .. });
        (needs_none || !newsletters.is_empty()).then_some(Placed { arrival, newsletters })
    }

    fn settle(&mut self, waiting: &mut [Waiting], outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            for (place, became) in &outcome.by_newsletter {
                let newsletter = self.moved.by_newsletter.entry(self.newsletters[*place].clone()).or_default();
                newsletter.count(word(became));
            }
            if let Ok(index) = waiting.binary_search_by_key(&outcome.line, |row| row.line) {
                let reason = match &outcome.became {
                    Became::Refused(refusal) => Some(Reason::Store(refusal.clone())),
                    _ => None,
                };
                waiting[index].became = Some((outcome.became, reason));
            }
        }
    }

    fn tell(&mut self, file: &str, waiting: &[Waiting], tell: &mut Tell<'_>) -> Result<()> {
        for row in waiting {
            let Some((became, reason)) = &row.became else { continue };
            let is_refused = reason.is_some();
            let word = if is_refused { "refused" } else { word(became) };
            self.moved.counts.count(word);
            let mut why = match (became, reason) {
                (_, Some(reason)) => reason.to_string(),
                (Became::Stays(why), None) => (*why).to_owned(),
                (Became::Ended | Became::Suppressed, None) => row.end.to_owned(),
                _ => String::new(),
            };
            let kind = reason.as_ref().map_or_else(|| why.clone(), |reason| reason.kind().into_owned());
            if !kind.is_empty() {
                *self.moved.reasons.entry(kind).or_default() += 1;
            }
            if !row.zone.is_empty() && !is_refused {
                self.moved.without_timezone += 1;
                let zone = format!("without the time zone: {} is no IANA name", row.zone);
                why = if why.is_empty() { zone } else { format!("{why}; {zone}") };
            }
            let (line, value, name) = (row.line, row.value.as_str(), row.name.as_str());
            tell(MovedRow { file, line, value, name, word, why: &why })?;
        }
        Ok(())
    }
}

impl Counts {
    fn count(&mut self, word: &str) {
        let count = match word {
            "added" => &mut self.added,
            "updated" => &mut self.updated,
            "ended" => &mut self.ended,
            "suppressed" => &mut self.suppressed,
            "refused" => &mut self.refused,
            _ => &mut self.unchanged,
        };
        *count += 1;
    }

    pub fn rows(&self) -> u64 {
        self.added + self.updated + self.unchanged + self.refused + self.suppressed + self.ended
    }
}

fn word(became: &Became) -> &'static str {
    match became {
        Became::Added => "added",
        Became::Updated => "updated",
        Became::Unchanged | Became::Stays(_) => "unchanged",
        Became::Ended => "ended",
        Became::Suppressed => "suppressed",
        Became::Refused(_) => "refused",
    }
}
