//! What an inbox shows before a brief is opened.

use crate::support::sample;
use crate::support::variants;
use griot::composition::Brief;

fn subject_of(change: impl FnOnce(&mut Brief)) -> String {
    let mut brief = sample::brief();
    change(&mut brief);
    brief.compose(&sample::templates()).subject
}

fn preheader_of(change: impl FnOnce(&mut Brief)) -> String {
    let mut brief = sample::brief();
    change(&mut brief);
    brief.compose(&sample::templates()).preheader
}

#[test]
fn the_subject_is_the_lead_headline() {
    assert_eq!(subject_of(|_| ()), "Ten days into the port strike, the traders set their own tariff");
}

#[test]
fn a_long_headline_is_cut_after_a_sentence_or_a_word() {
    assert_eq!(
        variants::long().compose(&sample::templates()).subject,
        "Parliament sat until four in the morning over a single comma in the budget…"
    );
    let sentences = "The cranes stand still on a Friday. Nobody knows for how long, and the ministry would rather not be asked again";
    assert_eq!(subject_of(|brief| brief.lead.headline = sentences.into()), "The cranes stand still on a Friday.");
}

#[test]
fn the_editor_has_the_last_word() {
    let written =
        "What the comma cost, who paid for it, and why the strike at the port is not over: ten stories for Friday";
    assert_eq!(subject_of(|brief| brief.subject = written.into()), written);
}

#[test]
fn f2_the_subject_is_never_a_false_reply_and_never_empty() {
    assert_eq!(subject_of(|brief| brief.subject = "RE: Fwd: re : The strike".into()), "The strike");
    assert_eq!(subject_of(|brief| brief.lead.headline = "Re: your letter".into()), "your letter");
    assert_eq!(subject_of(|brief| brief.lead.headline = "Retail: a reckoning".into()), "Retail: a reckoning");
    assert_eq!(subject_of(|brief| brief.lead.headline = "Re:".into()), "The Weekly Brief, Friday 7 November 2025");
}

#[test]
fn the_subject_is_one_line_whatever_the_feed_wrote() {
    assert_eq!(subject_of(|brief| brief.lead.headline = "Two\r\nBcc: a@b.example".into()), "Two Bcc: a@b.example");
}

#[test]
fn the_preheader_goes_on_where_the_subject_ends() {
    assert_eq!(
        preheader_of(|_| ()),
        "Lagos sold out in nine minutes. The producer is nineteen · From a Kumasi kitchen to four hundred shelves"
    );
    assert_eq!(
        preheader_of(|brief| brief.stories.clear()),
        "With containers stuck offshore, Accra’s market queens have published a price list of their own."
    );
    assert_eq!(
        preheader_of(|brief| brief.preheader = "Ten stories, and one goat.".into()),
        "Ten stories, and one goat. · Ten stories, two minutes · Friday 7 November 2025 · Harmattan Press"
    );
}

#[test]
fn f10_the_preheader_has_40_to_130_characters() {
    let shortest = preheader_of(|brief| {
        brief.stories.clear();
        brief.lead.standfirst = "".into();
        brief.publisher.name = "H".into();
        brief.date = chrono::NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();
    });
    let all = variants::all().into_iter().map(|(name, composed)| (name, composed.preheader));
    for (name, preheader) in all.chain([("shortest", shortest)]) {
        let length = preheader.chars().count();
        assert!((40..=130).contains(&length), "{name} has {length}: {preheader}");
    }
}
