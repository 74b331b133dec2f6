//! Feeds made to hurt (rule W: XML): each is read in a process of its own, of which time and memory are measured.

use std::process::Command;
use std::{env, fs};

use chrono::{DateTime, Utc};
use griot::feeds::{clean, parse};
use url::Url;

/// Without optimisation everything takes many times as long.
const SECONDS: f64 = if cfg!(debug_assertions) { 4.0 } else { 1.0 };
const MEGABYTES: u64 = 50;
const FILE: &str = "GRIOT_HOSTILE_FILE";

/// What became of a feed in a process of its own.
#[derive(Debug)]
struct Reading {
    seconds: f64,
    megabytes: u64,
    /// `refused: …` or `entries: …`, with the titles.
    outcome: String,
}

#[test]
#[ignore = "the other tests run it, in a process of its own"]
fn reads_one_file() {
    let path = env::var_os(FILE).expect("the file to be read is named");
    let before = memory("VmRSS:");
    let bytes = fs::read(path).expect("readable");
    let base = Url::parse("https://example.org/feed").expect("a URL");
    let start = seconds_of_this_thread();
    let outcome = match parse(&bytes, None, Some(&base)) {
        Err(error) => format!("refused: {error}"),
        Ok(feed) => {
            let drafts = feed.entries.iter().take(10).map(|entry| clean(entry, now()));
            let headlines: Vec<String> = drafts.flatten().map(|draft| draft.headline).collect();
            format!("entries: {} {}", feed.entries.len(), headlines.join(" | "))
        }
    };
    let seconds = seconds_of_this_thread() - start;
    let kilobytes = memory("VmHWM:") - before;
    println!("READING\t{seconds}\t{}\t{outcome}", kilobytes / 1024);
}

/// In kilobytes.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let found = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of it");
    found.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Time on a processor: that of the clock would count what else the machine does.
fn seconds_of_this_thread() -> f64 {
    let times = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanoseconds: f64 = times.split(' ').next().and_then(|time| time.parse().ok()).expect("a number");
    nanoseconds / 1e9
}

fn now() -> DateTime<Utc> {
    "2026-11-23T12:00:00Z".parse().expect("a date")
}

fn read_apart(path: &std::path::Path) -> Reading {
    let output = Command::new(env::current_exe().expect("this test"))
        .args(["--ignored", "--exact", "hostile::reads_one_file", "--nocapture"])
        .env(FILE, path)
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let reading = text.lines().find_map(|line| line.split_once("READING\t"));
    let (_, reading) = reading.unwrap_or_else(|| panic!("{}: {text}", path.display()));
    let parts: Vec<&str> = reading.splitn(3, '\t').collect();
    Reading {
        seconds: parts[0].parse().expect("seconds"),
        megabytes: parts[1].parse().expect("megabytes"),
        outcome: parts[2].to_owned(),
    }
}

fn check_bounds(name: &str, reading: &Reading) {
    println!("{name}: {:.2} s, {} MB, {:.90}", reading.seconds, reading.megabytes, reading.outcome);
    assert!(reading.seconds < SECONDS && reading.megabytes < MEGABYTES, "{name}: {reading:?}");
}

#[test]
fn w_xml_hostile_files_are_refused_quickly_and_in_little_memory() {
    let Some(corpora) = env::var_os("GRIOT_CORPORA") else {
        println!("NOT RUN: GRIOT_CORPORA does not name the folder of corpora, so its hostile files were not read");
        return;
    };
    let mut read = 0;
    for file in fs::read_dir(std::path::Path::new(&corpora).join("feeds/hostile")).expect("a folder") {
        let path = file.expect("a file").path();
        let reading = read_apart(&path);
        check_bounds(&path.display().to_string(), &reading);
        assert!(reading.outcome.starts_with("refused"), "{}: {reading:?}", path.display());
        read += 1;
    }
    assert!(read >= 13, "only {read} hostile files");
}

fn rss(item: &str) -> String {
    format!("<rss version=\"2.0\"><channel><item><link>https://example.org/1</link>{item}</item></channel></rss>")
}

#[test]
fn w_xml_hostile_feeds_stay_within_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let million = 1_000_000;
    let laughs = r#"<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">
        <!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y SYSTEM "http://127.0.0.1:1/y"> %y;]>"#;
    let bases = format!("xml:base=\"https://example.org/{}/\"", "b".repeat(4_000));
    for (name, feed, expected) in [
        ("entities", format!("{laughs}{}", rss("<title>&c;&x;!</title>")), "entries: 1 &c;&x;!"),
        ("depth", rss(&"<a>".repeat(million)), "refused: its elements are nested more than 200 deep"),
        (
            "depth in html",
            rss(&format!("<title>t</title><description><![CDATA[{}", "<ul>".repeat(million))),
            "entries: 0",
        ),
        ("elements in an entry", rss(&"<a/>".repeat(million)), "refused: it has more than 50000 elements"),
        ("entries", format!("<rss>{}", "<item/>".repeat(million)), "entries: 2000"),
        ("pieces", format!("<rss>{}", "<i/>".repeat(2 * million)), "refused: it has more than 250000 elements"),
        ("angle brackets", rss(&format!("<title>{}></title>", "< ".repeat(million))), "entries: 0"),
        ("comments", rss(&"<!--".repeat(million)), "entries: 0"),
        ("quotes", rss(&"<a b=\"".repeat(million)), "entries: 1"),
        ("unclosed tags", format!("<rss><item>{}", "<a ".repeat(million)), "entries: 0"),
        ("unclosed quotes", format!("<rss><item>{}", "<a b='<a b=\"".repeat(million / 2)), "entries: 0"),
        ("keywords", rss(&format!("<title>t</title><tags>{}</tags>", ",".repeat(10 * million))), "entries: 1 t"),
        ("tags in a title", rss(&format!("<title>{}</title>", "&lt;b ".repeat(million))), "entries: 1 <b <b"),
        ("ampersands", rss(&format!("<title>t{}</title>", "&".repeat(million))), "entries: 1 t&&&"),
        ("prefixes", rss(&format!("<a {}/>", "xmlns:b=\"c\" ".repeat(million / 10))), "entries: 1"),
        ("attributes", rss(&format!("<title>t</title><a {}/>", "b=\"c\" ".repeat(million))), "entries: 1 t"),
        (
            "bases",
            rss(&format!("<title>t</title><description {bases}>{}</description>", "&lt;a href=x>".repeat(100_000))),
            "entries: 1 t",
        ),
        (
            "bases of links",
            rss(&format!("<title>t</title><b {bases}>{}</b>", "<link>x</link>".repeat(40_000))),
            "entries: 1 t",
        ),
        (
            "formatting",
            rss(&format!(
                "<title>t</title><description><![CDATA[<div>{}</div>{}]]></description>",
                (0..5_000).map(|n| format!("<b a={n}>")).collect::<String>(),
                "<div>x</div>".repeat(5_000)
            )),
            "entries: 1 t",
        ),
        (
            "nesting in html",
            rss(&format!("<title>t</title><description><![CDATA[{}]]></description>", "<ul>".repeat(50_000))),
            "entries: 1 t",
        ),
        (
            "authors",
            format!("<feed><author><name>{}</name></author>{}", "a".repeat(million), "<entry/>".repeat(9_000)),
            "entries: 2000",
        ),
        (
            "pages of a sitemap",
            format!("<urlset>{}", "<url><loc>/a</loc><news:news><news:title>t".repeat(million)),
            "entries: 2000 t",
        ),
        (
            "depth in a sitemap",
            format!("<urlset><url>{}", "<news:news>".repeat(million)),
            "refused: its elements are nested",
        ),
        (
            "a sitemap index",
            format!("<sitemapindex>{}", "<sitemap>".repeat(million)),
            "refused: its elements are nested",
        ),
        (
            "pictures",
            format!("<urlset><url><loc>/a</loc>{}", "<image:image/>".repeat(million)),
            "refused: it has more than 50000 elements",
        ),
        ("json depth", format!("{{\"items\":{}", "[".repeat(million)), "refused"),
        (
            "json values",
            format!("{{\"items\":[{}0]}}", "0,".repeat(million)),
            "refused: it has more than 200000 elements",
        ),
        ("nothing", " ".repeat(million), "refused: it is empty"),
        ("zeroes", "\0".repeat(million), "refused: it is empty"),
    ] {
        let path = folder.path().join("feed");
        fs::write(&path, feed).expect("writable");
        let reading = read_apart(&path);
        check_bounds(name, &reading);
        assert!(reading.outcome.starts_with(expected), "{name}: {reading:?}");
        assert!(!reading.outcome.contains("root:"), "{name} read a file of this machine");
    }
}
