use std::io::Write;

use anyhow::Result;
use clap::{ArgGroup, Args};

use super::super::output::plain;
use super::{Output, Station};
use crate::store::StoryOverride;

/// Give a story words and a picture of your own, whatever its feed says
///
/// An empty text gives the story's own back. Editions that are approved stay as they are.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub struct Edit {
    /// Its number, as `griot stories` shows it, or its URL
    #[arg(value_name = "ID|URL")]
    story: String,
    #[arg(long, value_name = "TEXT", group = "change")]
    headline: Option<String>,
    #[arg(long, value_name = "TEXT", group = "change")]
    standfirst: Option<String>,
    /// Show no standfirst
    #[arg(long, conflicts_with = "standfirst", group = "change")]
    no_standfirst: bool,
    /// What stands over the headline instead of platform and section
    #[arg(long, value_name = "TEXT", group = "change")]
    kicker: Option<String>,
    #[arg(long, value_name = "URL", group = "change")]
    image: Option<String>,
    /// What the image shows, for who does not see it
    #[arg(long, value_name = "TEXT", group = "change")]
    image_alt: Option<String>,
    /// Show no image
    #[arg(long, conflicts_with_all = ["image", "image_alt"], group = "change")]
    no_image: bool,
    /// Take back every edit first
    #[arg(long, group = "change")]
    reset: bool,
}

impl Edit {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let mut story = press.story(&self.story)?;
        let edited = press.edit_story(&story, |edited| self.change(edited))?;
        edited.apply(&mut story);
        let fields = edited.fields();
        let told =
            if fields.is_empty() { "nothing is overridden".into() } else { format!("yours: {}", fields.join(", ")) };
        writeln!(out, "Edited story {} · {} · {told}", story.id.0, plain(&story.headline))?;
        Ok(())
    }

    fn change(self, edited: &mut StoryOverride) {
        if self.reset {
            *edited = StoryOverride::default();
        }
        let own = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        if let Some(headline) = self.headline {
            edited.headline = own(headline);
        }
        if let Some(standfirst) = self.standfirst {
            edited.standfirst = own(standfirst);
        }
        if self.no_standfirst {
            edited.standfirst = Some(String::new());
        }
        if let Some(kicker) = self.kicker {
            edited.kicker = own(kicker);
        }
        if let Some(image) = self.image {
            edited.image_url = own(image);
        }
        if let Some(alt) = self.image_alt {
            edited.image_alt = own(alt);
        }
        if self.no_image {
            (edited.image_url, edited.image_alt) = (Some(String::new()), None);
        }
    }
}
