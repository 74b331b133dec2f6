//! Real bounces, complaints and vacations, read and compared with what others make of them.
//!
//! Runs over the folder named by `GRIOT_CORPORA`; without it every test here says that it was not run. Every
//! difference is printed, the figures last.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use griot::feedback::{Own, read};
use griot::meaning::Class;
use griot::store::Feedback;

/// A folder of bounces, or nothing, said aloud, where there is none.
fn corpus(name: &str) -> Option<PathBuf> {
    let Some(corpora) = std::env::var_os("GRIOT_CORPORA") else {
        println!("NOT RUN: GRIOT_CORPORA does not name the folder of corpora, so {name} was not read");
        return None;
    };
    let folder = Path::new(&corpora).join("bounces").join(name);
    assert!(folder.is_dir(), "GRIOT_CORPORA is set, but {} is not there", folder.display());
    Some(folder)
}

/// The rows of a folder's `expected.csv` by file, in their order, each by its columns' names.
fn expected(folder: &Path) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let mut files: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in csv::Reader::from_path(folder.join("expected.csv")).expect("expected.csv").deserialize() {
        let row: BTreeMap<String, String> = row.expect("a row");
        let rows: &mut Vec<_> = files.entry(row["file"].clone()).or_default();
        if rows.last() != Some(&row) {
            rows.push(row);
        }
    }
    files
}

/// One file holds two mails, as a mailbox does.
fn feedback(folder: &Path, file: &str) -> Vec<Feedback> {
    let mails = fs::read(folder.join(file)).expect("a mail");
    let separator = b"\n\nFrom MAILER-DAEMON  ";
    let second = mails.windows(separator.len()).position(|window| window == separator).map_or(mails.len(), |at| at + 2);
    let (first, second) = mails.split_at(second);
    [first, second].into_iter().filter(|mail| !mail.is_empty()).flat_map(|mail| read(mail, &Own::default())).collect()
}

/// How many of how many were right.
#[derive(Default)]
struct Share {
    right: usize,
    of: usize,
}

impl Share {
    fn count(&mut self, is_right: bool) -> bool {
        self.of += 1;
        self.right += usize::from(is_right);
        is_right
    }

    fn assert(&self, what: &str, least: f64) {
        let share = 100.0 * self.right as f64 / self.of as f64;
        println!("{what}: {} of {} ({share:.1} %, wanted {least} %)", self.right, self.of);
        assert!(share >= least, "{what}: {share:.1} % is less than {least} %");
    }
}

/// Rows and feedback are compared in their order; a row that stands there twice counts once. The count is right where a file gives as many as it has rows; where
/// it does not, the rows that have no counterpart are wrong in everything.
#[test]
fn bounces_mean_what_sisimai_says_and_no_hard_one_is_false() {
    let Some(folder) = corpus("sisimai") else { return };
    let (mut found, mut hard, mut status, mut reason, mut reply) = <(Share, Share, Share, Share, Share)>::default();
    let mut false_hard = Vec::new();
    for (file, rows) in expected(&folder) {
        let feedback = feedback(&folder, &file);
        if feedback.len() != rows.len() {
            println!("{file}: {} recipients instead of {}", feedback.len(), rows.len());
        }
        for (n, row) in rows.iter().enumerate() {
            let one = feedback.get(n);
            found.count(one.is_some() && feedback.len() == rows.len());
            let shown = |value: Option<String>| value.unwrap_or_default();
            let is_hard = one.is_some_and(|one| one.meaning.class == Class::Hard);
            let ours = [
                is_hard.to_string(),
                shown(one.and_then(|one| one.meaning.status).map(|status| status.to_string())),
                shown(one.map(|one| one.meaning.reason.to_string())),
                shown(one.and_then(|one| one.meaning.reply).map(|code| code.to_string())),
            ];
            let names = ["hardbounce", "status", "reason", "replycode"];
            let shares = [&mut hard, &mut status, &mut reason, &mut reply];
            let mut wrong = Vec::new();
            for ((name, ours), share) in names.into_iter().zip(&ours).zip(shares) {
                if !share.count(one.is_some() && *ours == row[name]) {
                    wrong.push(format!("{name} {ours:?} instead of {:?}", row[name]));
                }
            }
            if !wrong.is_empty() {
                let said = one.map(|one| format!("<{}> {}", one.recipient, one.diagnostic)).unwrap_or_default();
                println!("{file} {}: {}\n    {said}", n + 1, wrong.join(", "));
            }
            if is_hard && row["hardbounce"] == "false" {
                false_hard.push(format!("{file} {}", n + 1));
            }
        }
    }
    println!("reply codes: {} of {}", reply.right, reply.of);
    for (what, share, least) in [
        ("recipients", &found, 98.0),
        ("hard or not", &hard, 97.0),
        ("status", &status, 95.0),
        ("reason", &reason, 90.0),
    ] {
        let percent = 100.0 * share.right as f64 / share.of as f64;
        println!("{what}: {} of {} ({percent:.1} %, wanted {least} %)", share.right, share.of);
    }
    assert!(false_hard.is_empty(), "false hard bounces: {false_hard:?}");
    found.assert("recipients", 98.0);
    hard.assert("hard or not", 97.0);
    status.assert("status", 95.0);
    reason.assert("reason", 90.0);
}

/// Temporary is what is late, or has a status of 4.x.x.
#[test]
fn old_mail_systems_name_whom_they_could_not_reach() {
    let Some(folder) = corpus("flufl") else { return };
    let (mut addresses, mut temporary) = <(Share, Share)>::default();
    let mut files: BTreeMap<String, (Vec<String>, bool)> = BTreeMap::new();
    for (file, rows) in expected(&folder) {
        for row in rows {
            let of_file = files.entry(file.clone()).or_default();
            of_file.0.extend(row["addresses"].split(';').filter(|address| !address.is_empty()).map(str::to_lowercase));
            of_file.1 |= row["temporary"] == "true";
        }
    }
    for (file, (mut wanted, is_temporary)) in files {
        let feedback = feedback(&folder, &file);
        let mut ours: Vec<_> =
            feedback.iter().map(|one| one.recipient.to_lowercase()).filter(|one| one.contains('@')).collect();
        for list in [&mut wanted, &mut ours] {
            list.sort();
            list.dedup();
        }
        // It gives no address where a mail names none, or none that a bounce is about; we may know more there.
        if !wanted.is_empty() && !addresses.count(ours == wanted) {
            println!("{file}: {ours:?} instead of {wanted:?}");
        }
        if wanted.is_empty() {
            println!("{file}: {ours:?}, and nothing is expected");
            continue;
        }
        let is_ours = |one: &Feedback| {
            one.meaning.class == Class::Delayed || one.meaning.status.is_some_and(|status| status.class == 4)
        };
        let is_right = !feedback.is_empty() && feedback.iter().all(|one| is_ours(one) == is_temporary);
        if !temporary.count(is_right) {
            println!("{file}: temporary should be {is_temporary}: {:?}", feedback.first());
        }
    }
    for (what, share) in [("addresses", &addresses), ("temporary", &temporary)] {
        println!("{what}: {} of {}", share.right, share.of);
    }
    addresses.assert("addresses", 97.0);
    temporary.assert("temporary or permanent", 95.0);
}

#[test]
fn complaints_name_their_kind_and_their_reader() {
    let Some(folder) = corpus("arf") else { return };
    let mut looked_at = 0;
    for entry in fs::read_dir(&folder).expect("the corpus can be listed") {
        let path = entry.expect("the corpus can be listed").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let expected: serde_json::Value = serde_json::from_slice(&fs::read(&path).expect("readable")).expect("JSON");
        let feedback = read(&fs::read(path.with_extension("eml")).expect("a mail"), &Own::default());
        let [one] = feedback.as_slice() else { panic!("{}: {feedback:?}", path.display()) };
        let class = match expected["feedback_type"].as_str() {
            Some("Abuse") => Class::Complaint,
            Some("AuthFailure") => Class::None,
            other => panic!("{}: {other:?}", path.display()),
        };
        assert_eq!(one.meaning.class, class, "{}", path.display());
        if let Some(reader) = expected["original_rcpt_to"].as_str() {
            assert_eq!(one.recipient, reader.trim_matches(['<', '>']), "{}", path.display());
        }
        looked_at += 1;
    }
    assert!(looked_at >= 5, "only {looked_at} complaints were found");
}
