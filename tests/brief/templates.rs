//! Templates and words of a publisher's own: written out, changed, checked, and seen in an edition.

use std::fs;

use crate::support::command_line::{Griot, serve};
use chrono::{TimeDelta, Utc};

/// A publisher with a draft of three stories.
fn publisher() -> Griot {
    let griot = Griot::new();
    let published = (Utc::now() - TimeDelta::hours(3)).to_rfc2822();
    let item = |headline: &str| {
        format!(
            "<item><title>{headline}</title><link>https://harmattan.example/{0}</link><guid>{0}</guid>\
             <pubDate>{published}</pubDate><description>What happened, and why it matters.</description></item>",
            headline.len()
        )
    };
    let items: String = ["Port strike enters week two", "Cocoa &amp; co", "A choir sings at dawn"].map(item).concat();
    let feed =
        serve("200 OK", format!("<rss version=\"2.0\"><channel><title>Harmattan</title>{items}</channel></rss>"));
    griot.configure(&[
        ("https://example.org/harmattan/feed", &format!("{feed}/feed")),
        ("[feeds]\n", "[feeds]\nallow_private = true\n"),
    ]);
    griot.run(&["fetch"]);
    griot.ok(&["draft", "weekly-brief"]);
    griot
}

fn page(griot: &Griot) -> String {
    griot.ok(&["preview", "weekly-brief", "--html", "page.html"]);
    griot.read("page.html")
}

/// Changes a file that was written out.
fn change(griot: &Griot, name: &str, old: &str, new: &str) {
    let text = griot.read(name);
    assert!(text.contains(old), "{old:?} is not in {name}");
    griot.file(name, text.replace(old, new));
}

#[test]
fn what_is_written_out_and_not_changed_changes_nothing() {
    let griot = publisher();
    let before = page(&griot);
    assert_eq!(
        griot.ok(&["templates", "check"]),
        "templates changes nothing; griot's own are in use · griot templates eject\n"
    );
    let told = griot.ok(&["templates", "eject"]);
    assert!(told.starts_with("Wrote templates/brief/body.html\n"), "{told}");
    assert!(told.contains("\nWrote templates/languages/fr/brief.ftl\n"), "{told}");
    assert!(told.ends_with("\nChange what you like, take the rest away · griot templates check\n"), "{told}");
    assert_eq!(griot.ok(&["templates", "eject"]), "templates has them as they are · griot templates check\n");
    assert_eq!(page(&griot), before);
    let checked = &griot.json(&["templates", "check", "--json"])[0];
    assert_eq!(checked["problems"], serde_json::json!([]));
    assert_eq!((&checked["templates"], &checked["words"]), (&serde_json::json!([]), &serde_json::json!([])));
}

#[test]
fn a_template_and_a_message_of_ones_own_are_seen_in_the_edition() {
    let griot = publisher();
    let before = page(&griot);
    griot.ok(&["templates", "eject", "brief/row.html", "languages/en/brief.ftl"]);
    change(&griot, "templates/brief/row.html", "<h3 class=\"ink\"", "<h3 id=\"mine\" class=\"ink\"");
    griot.file("templates/languages/en/brief.ftl", "read-on = Keep reading\n");
    assert_eq!(
        griot.ok(&["templates", "check"]),
        "templates/brief/row.html\ntemplates/languages/en/brief.ftl\n1 template and 1 file of words, all in order · griot \
         preview NEWSLETTER --html FILE shows an edition\n"
    );
    let after = page(&griot);
    assert_eq!(before.matches("<h3 class=\"ink\"").count(), after.matches("<h3 id=\"mine\" class=\"ink\"").count());
    assert!(before.contains("Read on&nbsp;") && after.contains("Keep reading&nbsp;"), "{after}");
    // Nothing else has changed, though another engine set it.
    assert_eq!(after.replace(" id=\"mine\"", "").replace("Keep reading", "Read on"), before);
    let text = griot.ok(&["preview", "weekly-brief"]);
    assert!(text.contains("Cocoa & co"), "{text}");
    // What was changed is not written over.
    assert_eq!(
        griot.ok(&["templates", "eject", "brief/row.html"]),
        "Kept  templates/brief/row.html · it differs from griot's own\nFiles that differ are overwritten with --force \
         only.\n"
    );
    griot.ok(&["templates", "eject", "brief/row.html", "--force"]);
    fs::remove_dir_all(griot.path("templates/languages")).unwrap();
    assert_eq!(page(&griot), before);
}

#[test]
fn a_newsletter_has_a_language_of_its_own() {
    let griot = publisher();
    griot.configure(&[("# language = \"fr\"", "language = \"fr\"")]);
    let text = griot.ok(&["preview", "weekly-brief"]);
    assert!(text.contains("Nº\u{a0}1\nTrois articles, une minute\n"), "{text}");
    assert!(text.contains("\nSe désabonner\u{a0}:\n"), "{text}");
    assert!(page(&griot).contains("<html lang=\"fr\" dir=\"ltr\">"));
}

#[test]
fn what_is_broken_is_named_with_its_line() {
    let griot = publisher();
    griot.ok(&["templates", "eject", "brief", "confirm"]);
    change(&griot, "templates/brief/row.html", "{{ row.kicker }}", "{{ row.kiker }}");
    change(&griot, "templates/confirm/body.txt", "{{ letter.asked }}", "{% if letter.asked %}");
    griot.file("templates/brief/boddy.html", "Hello\n");
    fs::create_dir_all(griot.path("templates/languages/en")).unwrap();
    griot.file("templates/languages/en/brief.ftl", "# Mine\nread-onn = Keep reading\nby = By { $who }\n");
    let ran = griot.run(&["templates", "check"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), "griot: 5 problems in templates\n"), "{}", ran.stdout);
    let line = 1 + griot.read("templates/brief/row.html").lines().position(|line| line.contains("kiker")).unwrap();
    for told in [
        "templates/languages/en/brief.ftl:2: griot has no message read-onn\n   = ",
        "templates/languages/en/brief.ftl:3: by has no $who\n   = it has $names\n",
        &format!("templates/brief/row.html:{line}: undefined value"),
        "templates/confirm/body.txt:",
        "templates/brief/boddy.html: griot has no template of this name, and none of yours includes it\n   = ",
    ] {
        assert!(ran.stdout.contains(told), "{told} is not in:\n{}", ran.stdout);
    }
    let checked = griot.run(&["templates", "check", "--json"]);
    let checked: serde_json::Value = serde_json::from_str(checked.stdout.trim()).unwrap();
    assert_eq!(checked["problems"].as_array().unwrap().len(), 5, "{checked}");

    // Nothing goes out with what cannot be set.
    let error = griot.err(&["preview", "weekly-brief"]);
    assert!(error.starts_with("griot: templates/languages/en/brief.ftl:2: griot has no message read-onn\n"), "{error}");
    griot.ok(&["templates", "eject", "languages", "confirm", "--force"]);
    let error = griot.err(&["preview", "weekly-brief"]);
    assert!(error.starts_with(&format!("griot: templates/brief/row.html:{line}: undefined value")), "{error}");
    assert!(error.contains("\n   = correct it, or take the file away to have griot's own"), "{error}");
}

#[test]
fn a_template_without_end_is_stopped() {
    let griot = publisher();
    griot.ok(&["templates", "eject", "brief/subject.txt"]);
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ subject }}{% endfor %}{% endfor %}";
    griot.file("templates/brief/subject.txt", endless);
    let ran = griot.run(&["templates", "check"]);
    assert!(ran.stdout.contains("templates/brief/subject.txt:1: the template does not come to an end\n"), "{ran:?}");
}

#[test]
fn an_unknown_name_is_answered_with_those_there_are() {
    let griot = Griot::new();
    let ran = griot.run(&["templates", "eject", "brief/bodi.html"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.starts_with("griot: there is no template brief/bodi.html; there are brief/body.html, "),
        "{ran:?}"
    );
    griot.ok(&["templates", "eject", "goodbye", "--to", "elsewhere"]);
    assert!(griot.path("elsewhere/goodbye/body.html").is_file() && !griot.path("templates").exists());
}
