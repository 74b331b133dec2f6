use std::io::Write;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::{Value, json};

use super::check::counted;
use super::output::{Output, plain};
use super::station::Station;
use super::table::{Cell, Table};
use crate::config::Newsletter;
use crate::learning::{FEWEST_EDITIONS, Lesson};
use crate::publishing::{Learnt, Press};
use crate::selection::{Term, Weights, weight_of};

/// A trait, and how many times as likely it makes a pick.
type Liking = (String, f64);

/// So many likes and dislikes are told.
const TOLD: usize = 5;
/// A change of a weight, or a liking, that is smaller is not worth a line.
const WORTH_A_LINE: f64 = 0.05;

/// Learn from the changes you made to past drafts, and show what that is worth on the last editions
///
/// The weights of the score and what you like (sections, authors, words) are fitted on all editions but the last quarter,
/// and tried on those. Nothing is changed without --apply.
#[derive(Debug, Args)]
pub struct Learn {
    #[arg(value_name = "NEWSLETTER")]
    newsletter: String,
    /// Score drafts by what was learnt from now on; refused where that does no better
    #[arg(long)]
    apply: bool,
    /// With --apply: even where it does no better
    #[arg(long, requires = "apply")]
    force: bool,
    /// Take back what was applied last, so that what was before it holds again
    #[arg(long, conflicts_with = "apply")]
    forget: bool,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Learn {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let newsletter = press.newsletter(&self.newsletter)?;
        if self.forget {
            return self.forget(&press, newsletter, out);
        }
        let learnt = press.learn(newsletter)?;
        let Some(lesson) = &learnt.lesson else { return self.too_few(&learnt, out) };
        let last = counted(lesson.held_back.len(), "edition");
        let is_refused = self.apply && !self.force && !lesson.is_better();
        let is_applied = self.apply && !is_refused && lesson.changed > 0;
        if is_applied {
            press.use_lesson(newsletter, &learnt, lesson)?;
        }
        if self.json {
            out.json(&as_json(newsletter, &learnt, lesson, is_applied))?;
        } else {
            write_lesson(newsletter, &learnt, lesson, out)?;
        }
        if is_refused && lesson.changed > 0 {
            out.flush()?;
            bail!(
                "nothing was changed: what was learnt does no better on the last {last}; learn again after some more, \
                 or use it all the same with --apply --force"
            );
        }
        if self.json {
            return Ok(());
        }
        let id = &newsletter.id;
        let told = match (lesson.changed > 0, is_applied, lesson.is_better()) {
            (false, ..) => "Nothing to learn: in these editions no story was pinned or dropped".to_owned(),
            (_, true, _) => {
                format!("In use from the next draft on · griot draft {id} · griot learn {id} --forget takes it back")
            }
            (_, _, true) => format!("Nothing was changed · griot learn {id} --apply uses it"),
            (_, _, false) => format!("Nothing was changed: it does no better on the last {last}"),
        };
        Ok(writeln!(out, "{told}")?)
    }

    fn too_few(&self, learnt: &Learnt, out: &mut Output) -> Result<()> {
        let many = learnt.editions.len();
        if self.apply {
            bail!(
                "there is too little to learn from: {} of {}, and it takes {FEWEST_EDITIONS}",
                counted(many, "edition"),
                self.newsletter
            );
        }
        if self.json {
            return out.json(&json!({
                "newsletter": self.newsletter, "editions": many, "needed": FEWEST_EDITIONS, "applied": false,
            }));
        }
        let known = if many == 0 { "no edition".to_owned() } else { counted(many, "edition") };
        Ok(writeln!(
            out,
            "{} · {known} to learn from yet, {FEWEST_EDITIONS} are needed · every approved edition adds one",
            self.newsletter
        )?)
    }

    fn forget(&self, press: &Press, newsletter: &Newsletter, out: &mut Output) -> Result<()> {
        if !press.forget_lesson(newsletter)? {
            bail!(
                "nothing that was learnt for {} is in use; `griot learn {}` shows what could be",
                newsletter.id,
                newsletter.id
            );
        }
        let before = press.lesson_in_use(newsletter)?;
        if self.json {
            let editions = before.map(|learnt| learnt.editions);
            return out.json(&json!({ "newsletter": newsletter.id, "forgotten": true, "in_use_from": editions }));
        }
        let holds = match before {
            Some(learnt) => {
                let editions = counted(learnt.editions, "edition");
                let at = learnt.learnt_at.with_timezone(&newsletter.timezone.zone()).format("%-d %b %Y");
                format!("what was learnt on {at} from {editions} holds again")
            }
            None => "the configured weights hold again".to_owned(),
        };
        Ok(writeln!(out, "Forgotten · {holds}")?)
    }
}

fn write_lesson(newsletter: &Newsletter, learnt: &Learnt, lesson: &Lesson, out: &mut Output) -> Result<()> {
    let many = learnt.editions.len();
    writeln!(
        out,
        "{} · {many} editions, {} changed by hand · learnt from {}, tried on the last {}",
        newsletter.id,
        lesson.changed,
        many - lesson.held_back.len(),
        lesson.held_back.len()
    )?;
    let edits: Vec<String> = learnt.editions.iter().map(|(_, edits)| edits.to_string()).collect();
    writeln!(out, "Edits to the drafts so far: {}", edits.join(" "))?;
    let mut table = Table::default();
    table.row(["", "before", "after"].map(Cell::from));
    let (before, after) = (lesson.before, lesson.after);
    table.row(figure("edits to the draft", before.edits, after.edits, 1));
    table.row(figure("R-precision", before.r_precision, after.r_precision, 2));
    table.row(figure("recall at 2N", before.recall_at_2n, after.recall_at_2n, 2));
    let changed = changed_weights(&learnt.configured, &lesson.taste.weights);
    for (term, before, after) in changed {
        table.row(figure(&format!("weight of {}", term.as_str()), before, after, 2));
    }
    table.write(out)?;
    let (likes, dislikes) = likings(lesson);
    for (word, told) in [("Likes", likes), ("Dislikes", dislikes)] {
        if !told.is_empty() {
            let told: Vec<String> = told.iter().map(|(name, times)| format!("{} ×{times:.1}", plain(name))).collect();
            writeln!(out, "{word}: {}", told.join(" · "))?;
        }
    }
    Ok(())
}

fn figure(name: &str, before: f64, after: f64, digits: usize) -> Vec<Cell> {
    [name.to_owned(), format!("{before:>6.digits$}"), format!("{after:>5.digits$}")].map(Cell::from).into()
}

/// Those that changed, the most changed first.
fn changed_weights(before: &Weights, after: &Weights) -> Vec<(Term, f64, f64)> {
    let each = Term::ALL.into_iter().map(|term| (term, weight_of(before, term), weight_of(after, term)));
    let mut changed: Vec<(Term, f64, f64)> =
        each.filter(|(_, before, after)| (after - before).abs() >= WORTH_A_LINE).collect();
    changed.sort_by(|a, b| (b.2 - b.1).abs().total_cmp(&(a.2 - a.1).abs()));
    changed
}

/// What is liked and what is disliked most, with how many times as likely it makes a pick.
fn likings(lesson: &Lesson) -> (Vec<Liking>, Vec<Liking>) {
    let taste = &lesson.taste;
    let mut all: Vec<(&str, f64)> =
        taste.prior.features().map(|(name, points)| (name, points * taste.weights.prior)).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let told = |known: &mut dyn Iterator<Item = &(&str, f64)>| -> Vec<Liking> {
        known
            .take(TOLD)
            .take_while(|(_, points)| points.abs() >= WORTH_A_LINE)
            .map(|(name, points)| ((*name).to_owned(), points.exp()))
            .collect()
    };
    let likes = told(&mut all.iter().filter(|(_, points)| *points > 0.0));
    (likes, told(&mut all.iter().rev().filter(|(_, points)| *points < 0.0)))
}

fn as_json(newsletter: &Newsletter, learnt: &Learnt, lesson: &Lesson, is_applied: bool) -> Value {
    let weights: serde_json::Map<String, Value> = Term::ALL
        .into_iter()
        .map(|term| {
            let (before, after) = (weight_of(&learnt.configured, term), weight_of(&lesson.taste.weights, term));
            (term.as_str().to_owned(), json!({ "before": before, "after": after }))
        })
        .collect();
    let told = |told: Vec<Liking>| -> Vec<Value> {
        told.into_iter().map(|(what, times)| json!({ "what": what, "times": times })).collect()
    };
    let (likes, dislikes) = likings(lesson);
    let edits: Vec<Value> =
        learnt.editions.iter().map(|(number, edits)| json!({ "number": number, "edits": edits })).collect();
    json!({
        "newsletter": newsletter.id, "editions": learnt.editions.len(), "needed": FEWEST_EDITIONS,
        "changed_by_hand": lesson.changed, "edits": edits, "held_back": lesson.held_back, "before": lesson.before,
        "after": lesson.after, "better": lesson.is_better(), "weights": weights, "likes": told(likes),
        "dislikes": told(dislikes), "applied": is_applied,
    })
}
