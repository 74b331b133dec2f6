//! The rows of an import that were taken without their time zone, because it is none: counted, the first few shown.
//!
//! They are not among the refused: the reader is in, and gets the brief at the newsletter's time.

use std::io::Write;

use anyhow::Result;

use super::super::check::counted;
use super::super::output::plain;
use super::Output;
use crate::publishing::Unzoned;

/// How many are shown.
const SHOWN: usize = 20;

/// All of them so far.
#[derive(Debug, Default)]
pub struct Unzoneds {
    pub count: usize,
    first: Vec<Unzoned>,
}

impl Unzoneds {
    pub fn add(&mut self, unzoned: Unzoned) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(unzoned);
        }
    }

    pub fn tell(&self, out: &mut Output) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let rows = counted(self.count, "row");
        let cut = if self.count > SHOWN { format!(", the first {SHOWN} of them") } else { String::new() };
        writeln!(out, "Taken without a time zone, because theirs is no IANA name such as Africa/Lagos: {rows}{cut}")?;
        for Unzoned { line, email, zone } in &self.first {
            writeln!(out, "  line {line}: {email}: {}", plain(zone))?;
        }
        Ok(())
    }
}
