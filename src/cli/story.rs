use std::io::Write;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde_json::json;

use super::output::plain;
use super::table::Table;
use super::time::{maybe_utc, utc};
use super::{Output, Station};
use crate::store::{self, StoryId};

/// Look at one story
#[derive(Debug, Subcommand)]
pub enum Story {
    Show(Show),
}

/// Show all that is known of a story, its earlier headlines too
#[derive(Debug, Args)]
pub struct Show {
    /// Its number, as `griot stories` shows it
    #[arg(value_name = "ID")]
    id: i64,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Story {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        match self {
            Self::Show(command) => command.run(station, out),
        }
    }
}

impl Show {
    fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let (story, earlier) = press.store().read(|db| {
            let story = store::Story::find(db, StoryId(self.id))?
                .with_context(|| format!("there is no story {}; `griot stories` shows their numbers", self.id))?;
            let earlier = story.earlier_headlines(db)?;
            Ok((story, earlier))
        })?;
        if self.json {
            let earlier: Vec<_> = earlier.iter().map(|(old, at)| json!({"headline": old, "replaced_at": at})).collect();
            let image = story.image.as_ref().map(|image| {
                json!({"url": image.url, "width": image.width, "height": image.height, "alt": image.alt,
                       "caption": image.caption, "credit": image.credit})
            });
            return out.json(&json!({
                "id": story.id, "platform": story.platform, "headline": story.headline, "url": story.url,
                "standfirst": story.standfirst, "bylines": story.bylines, "section": story.section,
                "tags": story.tags, "published_at": story.published_at, "updated_at": story.updated_at,
                "first_seen_at": story.first_seen_at, "image": image, "comments": story.comments,
                "words": story.words, "earlier_headlines": earlier,
            }));
        }
        writeln!(out, "{}", plain(&story.headline))?;
        if !story.standfirst.is_empty() {
            writeln!(out, "{}", plain(&story.standfirst))?;
        }
        writeln!(out)?;
        let mut table = Table::default();
        table.row(["story".into(), format!("{} · {}", story.id.0, story.platform).into()]);
        table.row(["page".into(), story.url.as_str().into()]);
        table.row(["by".into(), story.bylines.join(", ").into()]);
        table.row(["section".into(), story.section.as_str().into()]);
        table.row(["tags".into(), story.tags.join(", ").into()]);
        table.row(["published".into(), utc(story.published_at).into()]);
        table.row(["updated".into(), maybe_utc(story.updated_at).into()]);
        table.row(["first seen".into(), utc(story.first_seen_at).into()]);
        table.row(["words".into(), story.words.to_string().into()]);
        table.row(["comments".into(), story.comments.map_or("–".to_owned(), |many| many.to_string()).into()]);
        if let Some(image) = &story.image {
            table.row(["image".into(), image.url.as_str().into()]);
        }
        for (old, at) in &earlier {
            table.row(["earlier".into(), format!("{old} (until {})", utc(*at)).into()]);
        }
        table.write(out)
    }
}
