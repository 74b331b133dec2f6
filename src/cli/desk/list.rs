use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::super::table::Table;
use super::{Output, Station};
use crate::saying::time::utc;
use crate::store::{Member, Session};

/// List who works at the desk
#[derive(Debug, Args)]
pub struct List {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl List {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let press = station.press()?;
        let members = press.store().read(|db| {
            let members = Member::all(db)?.into_iter();
            members.map(|member| Ok((Session::of(db, member.id)?, member))).collect::<Result<Vec<_>>>()
        })?;
        if self.json {
            let listed: Vec<_> = members
                .iter()
                .map(|(sessions, member)| {
                    serde_json::json!({
                        "name": member.name, "role": member.role, "email": member.email, "state": member.state(),
                        "sessions": sessions.len(), "seen_at": sessions.first().map(|session| session.seen_at),
                    })
                })
                .collect();
            return out.json(&listed);
        }
        let mut table = Table::default();
        for (sessions, member) in &members {
            let seen = sessions.first().map_or("–".to_owned(), |session| format!("seen {}", utc(session.seen_at)));
            table.row([
                member.name.as_str().into(),
                member.role.as_str().into(),
                member.state().into(),
                seen.as_str().into(),
            ]);
        }
        table.write(out)?;
        if members.is_empty() {
            writeln!(out, "Nobody works at the desk yet · griot desk invite NAME --role editor")?;
        }
        Ok(())
    }
}
