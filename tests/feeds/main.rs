//! Feeds and calendars, well made, broken and hostile.

#[path = "../support/mod.rs"]
mod support;

mod calendar_hostile;
mod calendar_reading;
mod corpora;
mod fetch;
mod hostile;
mod look;
mod story_import;
