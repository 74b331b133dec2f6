//! Real linters look at what is composed: caniemail's data for the mail clients, html-validate for the document,
//! axe-core in Chromium for who reads with other means, by day and by night (rules of group H).

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::lint::lint;
use crate::support::sample;
use crate::support::variants;
use griot::composition::Around;
use griot::composition::place::{Piece, Place, split};

/// Puts in for each place what delivery would.
fn spliced(rendered: &str) -> String {
    split(rendered)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Place(Place::UnsubscribeUrl) => "https://brief.harmattan.example/unsubscribe/k1.nbswy3dp",
            Piece::Place(Place::PreferencesUrl) => "https://brief.harmattan.example/preferences/k1.nbswy3dp",
            Piece::Place(Place::OnlineUrl) => "https://brief.harmattan.example/archive/weekly-brief/12",
            Piece::Place(Place::ReaderToken) => "AwEReg",
            Piece::Place(Place::SubscribedOn) => "3 March 2025",
        })
        .collect()
}

/// Writes every variant to a folder of its own under `target/tmp`, where one can also look at them.
fn written(folder: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, composed) in variants::all() {
        fs::write(folder.join(format!("{name}.html")), spliced(&composed.html)).unwrap();
        fs::write(folder.join(format!("{name}.txt")), spliced(&composed.text)).unwrap();
    }
    let archived =
        sample::brief().compose_public(&sample::templates(), &sample::url("https://brief.harmattan.example/"));
    let archived = Around::default().set_into(&archived);
    fs::write(folder.join("archived.html"), archived).unwrap();
    folder
}

fn lint_variants(script: &str) {
    lint(script, &[written(script.trim_end_matches(".mjs")).as_os_str()]);
}

#[test]
fn h_mail_clients_know_what_the_html_uses() {
    lint_variants("clients.mjs");
}

#[test]
fn h_the_html_is_valid() {
    lint_variants("html.mjs");
}

#[test]
fn h_axe_finds_nothing_by_day_and_by_night() {
    lint_variants("access.mjs");
}
