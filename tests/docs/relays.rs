//! The recipe for a Postfix of one's own, on a Postfix: what the page shows is what is tried.

use std::time::Duration;

use crate::markdown::Document;
use crate::shell;
use crate::station::Station;
use crate::support::postfix::{Postfix, READERS_DOMAIN};
use crate::support::wait::until;

#[test]
fn the_recipe_for_postfix_takes_a_brief() {
    let page = Document::read("docs/relays.md".to_owned());
    let recipe = page.blocks().into_iter().find(|block| block.language == "postfix").expect("the page shows a main.cf");
    let reader = format!("ada@{READERS_DOMAIN}");
    let Some(postfix) = Postfix::start_with(std::slice::from_ref(&reader), &recipe.code) else { return };
    let block = format!(
        "sed -i 's|dir:outbox|smtp://127.0.0.1:{}?tls=none|' griot.toml\n\
         griot send weekly-brief --test {reader}\n",
        postfix.port
    );
    let station = Station::of(&[]);
    shell::run(&station.stands_in, station.programs(), &block).unwrap_or_else(|why| panic!("{why}"));
    until(Duration::from_secs(30), "the brief is in the mailbox", || !postfix.mails_of(&reader).is_empty());
    let mail = String::from_utf8_lossy(&postfix.mails_of(&reader)[0]).into_owned();
    assert!(mail.contains("Subject: "), "{mail}");
}
