//! Each fuzz target over its seeds, whole and bent a little: so the targets stay true while nobody fuzzes, and a parser that
//! breaks what its target holds it to is found here first. `scripts/fuzz` gives them inputs by the million.

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::Path;

/// Whole; without its end, without its beginning; with one octet changed, in eight places.
fn bent(seed: &[u8]) -> Vec<Vec<u8>> {
    let half = seed.len() / 2;
    let mut all = vec![seed.to_vec(), seed[..half].to_vec(), seed[half..].to_vec()];
    for eighth in 0..8.min(seed.len()) {
        let mut changed = seed.to_vec();
        changed[seed.len() * eighth / 8] ^= 0x15;
        all.push(changed);
    }
    all
}

fn over_seeds(run: fn(&[u8]), folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let seeds: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!seeds.is_empty(), "no seed in {}", folder.display());
    for seed in seeds.iter().filter(|path| path.is_file()) {
        eprintln!("{}", seed.display());
        bent(&fs::read(seed).unwrap()).iter().for_each(|input| run(input));
    }
}

/// One test: each looks at how much of the heap is taken, and that is the process's.
#[test]
fn every_target_keeps_its_word_over_its_seeds() {
    over_seeds(targets::addresses::run, "fuzz/seeds/addresses");
    over_seeds(targets::calendar::run, "fuzz/seeds/calendar");
    over_seeds(targets::exports::run, "fuzz/seeds/exports");
    over_seeds(targets::exports::run, "tests/subscribers/exports");
    over_seeds(targets::feedback::run, "fuzz/seeds/feedback");
    over_seeds(targets::feedback::run, "tests/feedback/mails");
    over_seeds(targets::feeds::run, "fuzz/seeds/feeds");
    over_seeds(targets::retry_after::run, "fuzz/seeds/retry_after");
    over_seeds(targets::sheets::run, "fuzz/seeds/sheets");
    over_seeds(targets::smtp_replies::run, "fuzz/seeds/smtp_replies");
    over_seeds(targets::tokens::run, "fuzz/seeds/tokens");
    over_seeds(targets::webhooks::run, "fuzz/seeds/webhooks");
}

#[test]
fn every_target_is_run_here() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let here = include_str!("main.rs");
    for target in fs::read_dir(folder).unwrap() {
        let name = target.unwrap().file_name().into_string().unwrap().replace(".rs", "");
        assert!(here.contains(&format!("targets::{name}::run, \"")), "{name} is fuzzed and not run over its seeds");
    }
}
