use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::output::plain;
use super::{Output, Station};
use crate::publishing::NewStory;
use crate::saying::time::moment;
use crate::store::StoryImage;

/// Add a story that no feed brings
///
/// A feed that brings its URL later changes this story, and makes no second one.
#[derive(Debug, Args)]
pub struct Add {
    #[arg(value_name = "URL")]
    url: String,
    /// The platform it is shown under
    #[arg(long, value_name = "ID")]
    platform: String,
    #[arg(long, value_name = "TEXT")]
    headline: String,
    #[arg(long, value_name = "TEXT", default_value = "")]
    standfirst: String,
    /// Who wrote it; may be given several times
    #[arg(long, value_name = "NAME")]
    by: Vec<String>,
    #[arg(long, value_name = "TEXT", default_value = "")]
    section: String,
    #[arg(long, value_name = "URL")]
    image: Option<String>,
    /// What the image shows, for who does not see it
    #[arg(long, value_name = "TEXT", requires = "image", default_value = "")]
    image_alt: String,
    /// When it was published, as `2026-11-27 08:00` (UTC) or RFC 3339; now, where it is not given
    #[arg(long, value_name = "TIME")]
    published: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Add {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let published_at = self.published.map(|text| moment(&text, chrono_tz::Tz::UTC)).transpose()?;
        let alt = self.image_alt;
        let image = self.image.map(|url| StoryImage { url, alt, ..StoryImage::default() });
        let story = press.add_story(NewStory {
            platform: self.platform,
            url: self.url,
            headline: self.headline,
            standfirst: self.standfirst,
            bylines: self.by,
            section: self.section,
            image,
            published_at,
        })?;
        if self.json {
            return out.json(&serde_json::json!({"id": story.id, "platform": story.platform, "url": story.url}));
        }
        let id = story.id.0;
        writeln!(out, "Added story {id} · {} · griot story pin {id} has it in", plain(&story.headline))?;
        Ok(())
    }
}
