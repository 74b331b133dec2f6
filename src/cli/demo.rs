use std::io::Write;

use anyhow::Result;
use chrono::Utc;
use clap::Args;
use url::Url;

use super::Output;
use super::interrupt::stop_on_signal;
use crate::demo;

/// See the whole weekly brief on sample stories, with an inbox to look into
#[derive(Debug, Args)]
pub struct Demo {
    /// Use this feed instead of the sample stories; may be given more than once
    #[arg(long = "feed", value_name = "URL")]
    feeds: Vec<Url>,
}

impl Demo {
    pub async fn run(self, out: &mut Output) -> Result<()> {
        let stop = stop_on_signal()?;
        let demo = demo::Demo::set_up(&self.feeds, Utc::now).await?;
        // Each line as it happens: this is the one command whose output is watched.
        demo.run(stop, |line| {
            writeln!(out, "{line}")?;
            Ok(out.flush()?)
        })
        .await
    }
}
