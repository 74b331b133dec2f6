use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
use chrono::{NaiveDate, Weekday};
use chrono_tz::{Africa, America, Tz, UTC};

use super::document::Document;
use super::*;
use crate::config::{Cadence, Schedule};

/// Of editors, who read English.
const ENGLISH_ONLY: &str = "editors.ftl";

fn words(tag: &str) -> Catalogue {
    Catalogues::builtin().of(&Language::parse(tag).unwrap())
}

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

/// The messages of a built-in language, with their files and what they refer to.
fn messages(language: &str) -> BTreeMap<String, (&'static str, message::Message)> {
    languages::sources()
        .filter(|(tag, _, _)| *tag == language)
        .flat_map(|(_, file, text)| {
            let document = Document::read(text, Path::new(file)).unwrap_or_else(|problems| panic!("{problems:?}"));
            document.messages.into_iter().map(move |message| (message.id.clone(), (file, message)))
        })
        .collect()
}

/// Everything in quotes that could be an id, of every source and template: said at once, or handed on. Where a part of
/// it is put in, that part is `{…}`.
fn quoted() -> (BTreeSet<String>, BTreeSet<String>) {
    fn visit(folder: &Path, said: &mut BTreeSet<String>, quoted: &mut BTreeSet<String>) {
        let is_id = |text: &&str| {
            let is_sign = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'{' | b'}');
            !text.is_empty() && text.bytes().all(is_sign)
        };
        let first = |text: &str| text.split('"').next().filter(is_id).map(str::to_owned);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, said, quoted);
                continue;
            }
            let Ok(text) = fs::read_to_string(&path) else { continue };
            for call in [concat!("say", "("), concat!("tell", "(")] {
                let arguments = text.split(call).skip(1).filter_map(|after| after.trim_start().strip_prefix('"'));
                said.extend(arguments.filter_map(first));
            }
            quoted.extend(text.split('"').filter(is_id).map(str::to_owned));
        }
    }
    let (mut said, mut all) = Default::default();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "templates"] {
        visit(&root.join(folder), &mut said, &mut all);
    }
    (said, all)
}

/// Whether `id` is what a text in quotes says, or can come to say.
fn is_said_by(quoted: &BTreeSet<String>, id: &str) -> bool {
    let fits = |pattern: &String| {
        let (Some(open), Some(close)) = (pattern.find('{'), pattern.rfind('}')) else { return false };
        let (start, end) = (&pattern[..open], &pattern[(close + 1).max(open)..]);
        // A hole that takes everything would say everything.
        start.len() + end.len() > 2 && id.len() > start.len() + end.len() && id.starts_with(start) && id.ends_with(end)
    };
    quoted.contains(id) || quoted.iter().any(fits)
}

#[test]
fn every_id_in_use_is_in_the_english_catalogue_and_no_message_is_unused() {
    let english = messages("en");
    let (said, quoted) = quoted();
    let missing: Vec<&String> = said.iter().filter(|id| !english.contains_key(*id)).collect();
    assert!(missing.is_empty(), "no such message: {missing:?}");
    // Messages use each other.
    let referred: BTreeSet<&str> = english.values().flat_map(|(_, message)| message.referred()).collect();
    let unused: Vec<&String> =
        english.keys().filter(|id| !referred.contains(id.as_str()) && !is_said_by(&quoted, id)).collect();
    assert!(unused.is_empty(), "nothing says: {unused:?}");
}

/// What a message and those it refers to name.
fn variables(messages: &BTreeMap<String, (&'static str, message::Message)>, id: &str) -> BTreeSet<String> {
    let message = &messages[id].1;
    let mut names: BTreeSet<String> = message.variables().into_iter().collect();
    message.referred().for_each(|id| names.extend(variables(messages, id)));
    names
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let english = messages("en");
    for language in ["fr", "ar"] {
        let messages = messages(language);
        let wanted: Vec<&String> =
            english.iter().filter(|(_, (file, _))| *file != ENGLISH_ONLY).map(|(id, _)| id).collect();
        assert_eq!(messages.keys().collect::<Vec<_>>(), wanted, "{language}");
        for (id, (file, _)) in &messages {
            assert_eq!(*file, english[id].0, "{language}: {id} stands in another file");
            assert_eq!(variables(&messages, id), variables(&english, id), "{language}: {id}");
        }
    }
}

#[test]
fn every_message_can_be_said() {
    for language in ["en", "fr", "ar"] {
        let (words, all) = (words(language), messages(language));
        for id in all.keys() {
            for number in [0, 1, 2, 3, 11, 100] {
                let names = variables(&all, id);
                let counted = ["n", "day", "month", "weekday", "year", "number", "id", "needed"];
                let arguments: Vec<(&str, Argument<'_>)> = names
                    .iter()
                    .map(|name| {
                        let is_number = counted.contains(&name.as_str());
                        (name.as_str(), if is_number { number.into() } else { "xyz".into() })
                    })
                    .collect();
                let said = words.tell(id, &arguments);
                assert!(!said.is_empty() && said != *id && !said.contains(['{', '}']), "{language}: {id}: {said}");
            }
        }
    }
}

#[test]
fn what_is_missing_is_said_in_english() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| {
        let path = folder.path().join("languages").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("sw/brief.ftl", "read-on = Endelea kusoma\n");
    write("fr-SN/brief.ftl", "unsubscribe = Ne plus recevoir\n");
    write("en/mine.ftl", "must-read = Not to be missed\n");
    let catalogues = Catalogues::load(folder.path()).unwrap();
    let of = |tag: &str| catalogues.of(&Language::parse(tag).unwrap());
    assert_eq!(of("sw").say("read-on"), "Endelea kusoma");
    assert_eq!(of("sw-KE").say("must-read"), "Not to be missed");
    assert_eq!(of("fr-sn").say("unsubscribe"), "Ne plus recevoir");
    assert_eq!(of("fr-SN").say("read-on"), "Lire la suite");
    assert_eq!(of("fr").say("unsubscribe"), "Se désabonner");
    assert_eq!(of("de").language().as_str(), "en");
    assert_eq!(of("de").say(&["there", "is-no-such-message"].join("-")), "there-is-no-such-message");
}

#[test]
fn a_problem_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let languages = folder.path().join("languages");
    for tag in ["en", "fr", "english"] {
        fs::create_dir_all(languages.join(tag)).unwrap();
    }
    fs::write(languages.join("fr/a.ftl"), "read-on = Lire\n\nread-also\n").unwrap();
    fs::write(languages.join("fr/b.ftl"), "# Comment\nby = Par { $name }\nno-such = x\nread-on = { SHOUT(\"x\") }\n")
        .unwrap();
    fs::write(languages.join("en/c.ftl"), "read-on = a\nread-on = b\n").unwrap();
    let (catalogues, problems) = Catalogues::read(folder.path()).unwrap();
    let shown: Vec<String> = problems
        .iter()
        .map(|problem| {
            let file = problem.file.strip_prefix(folder.path()).unwrap().display().to_string();
            format!("{file}:{} {}", problem.line.unwrap_or(0), problem.cause)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "languages/en/c.ftl:2 read-on stands here for the second time",
            "languages/english:0 english is not a language tag",
            "languages/fr/a.ftl:3 Expected a token starting with \"=\"",
            "languages/fr/b.ftl:2 by has no $name",
            "languages/fr/b.ftl:3 griot has no message no-such",
            "languages/fr/b.ftl:4 griot's catalogues know no function SHOUT",
        ]
    );
    assert_eq!(catalogues.of(&Language::parse("fr").unwrap()).say("read-on"), "Lire la suite");
}

#[test]
fn a_browser_gets_the_language_it_asks_for() {
    let catalogues = Catalogues::builtin();
    let language = |tag: &str| Language::parse(tag).unwrap();
    let asked = |header: &str, offered: &[&str]| {
        let offered: Vec<Language> = offered.iter().map(|tag| language(tag)).collect();
        catalogues.negotiate(header, &offered, &language("en")).language().to_string()
    };
    assert_eq!(asked("fr-CH, fr;q=0.9, en;q=0.8", &[]), "fr");
    assert_eq!(asked("de, ar;q=0.5", &[]), "ar");
    assert_eq!(asked("de, ar;q=0.5, *;q=0.1", &["fr"]), "en");
    assert_eq!(asked("de, *, ar;q=0.5", &[]), "en");
    assert_eq!(asked("", &[]), "en");
    assert_eq!(catalogues.negotiate("de", &[], &language("ar-EG")).language().as_str(), "ar");
}

#[test]
fn latin_names_do_not_turn_an_arabic_sentence() {
    let words = words("ar");
    assert_eq!(words.direction(), Direction::Rtl);
    assert_eq!(words.by(&["Ama", "كوجو"]), "بقلم \u{2068}Ama\u{2069} وكوجو");
    assert_eq!(words.full_date(day(2025, 11, 7)), "الجمعة 7 نوفمبر 2025");
}

#[test]
fn counts_as_the_language_does() {
    let promises = |tag: &str| [(10, 6), (1, 1), (2, 2), (25, 40)].map(|(s, m)| words(tag).promise(s, m));
    assert_eq!(
        promises("en"),
        [
            "Ten stories, six minutes",
            "One story, one minute",
            "Two stories, two minutes",
            "Twenty-five stories, forty minutes"
        ]
    );
    assert_eq!(
        promises("fr"),
        [
            "Dix articles, six minutes",
            "Un article, une minute",
            "Deux articles, deux minutes",
            "25 articles, 40 minutes"
        ]
    );
    assert_eq!(promises("ar"), ["10 مقالات، 6 دقائق", "مقال واحد، دقيقة واحدة", "مقالان، دقيقتان", "25 مقالًا، 40 دقيقة"]);
    assert_eq!(words("en").promise(100, 12), "100 stories, twelve minutes");
    assert_eq!([1, 2, 7, 11].map(|n| words("ar").days(n)), ["يوم واحد", "يومين", "7 أيام", "11 يومًا"]);
}

#[test]
fn says_a_day_as_seen_from_the_edition() {
    let (en, fr) = (words("en"), words("fr"));
    let friday = day(2025, 11, 7);
    assert_eq!(en.full_date(friday), "Friday 7 November 2025");
    assert_eq!(en.day_near(day(2025, 11, 5), friday), "Wednesday");
    assert_eq!(en.day_near(friday, friday), "Friday");
    // A week ago was a Friday too.
    assert_eq!(en.day_near(day(2025, 10, 31), friday), "31 October");
    assert_eq!(en.day_near(day(2025, 11, 8), friday), "8 November");
    assert_eq!(en.day_near(day(2024, 12, 30), friday), "30 December 2024");
    assert_eq!(fr.full_date(friday), "vendredi 7 novembre 2025");
    assert_eq!(fr.date(day(2025, 3, 1)), "1er mars 2025");
}

#[test]
fn names_the_writers() {
    let names = ["Ama", "", "Kojo", "Esi", "Yaw", "Efua"];
    let by = |tag: &str, n: usize| words(tag).by(&names[..n]);
    assert_eq!(by("en", 0), "");
    assert_eq!(by("en", 2), "By Ama");
    assert_eq!(by("en", 3), "By Ama and Kojo");
    assert_eq!(by("en", 4), "By Ama, Kojo and Esi");
    assert_eq!(by("en", 6), "By Ama, Kojo and three others");
    assert_eq!(by("fr", 6), "Par Ama, Kojo et trois autres");
}

#[test]
fn says_how_often_a_newsletter_comes() {
    let often =
        |tag: &str, days: &[Weekday]| words(tag).how_often(Cadence::Weekly(days.iter().copied().collect())).unwrap();
    assert_eq!(often("en", &[Fri]), "every Friday");
    assert_eq!(often("en", &[Fri, Mon, Wed]), "every Monday, Wednesday and Friday");
    assert_eq!(often("en", &[Mon, Tue, Wed, Thu, Fri]), "every weekday");
    assert_eq!(often("en", &[Mon, Tue, Wed, Thu, Fri, Sat, Sun]), "every day");
    assert_eq!(often("fr", &[Fri, Mon]), "chaque lundi et vendredi");
    assert_eq!(often("ar", &[Fri, Mon]), "أيام الاثنين والجمعة");
    assert_eq!(words("en").coming("The Brief", Cadence::Monthly), "The Brief once a month");
    assert_eq!(words("en").coming("The Brief", Cadence::Irregular), "The Brief");
}

fn said(tag: &str, schedule: &str, zone: Tz) -> String {
    // A Monday.
    words(tag).when_it_comes(&Schedule::parse(schedule).unwrap(), zone, "2026-11-23T09:00:00Z".parse().unwrap())
}

#[test]
fn says_when_a_newsletter_comes() {
    assert_eq!(said("en", "0 8 * * FRI", Africa::Accra), "Every Friday at 08:00, Accra time.");
    assert_eq!(said("en", "30 6 * * *", America::New_York), "Every day at 06:30, New York time.");
    assert_eq!(said("en", "0 8 * * MON-FRI", UTC), "Every weekday at 08:00, UTC.");
    assert_eq!(
        said("en", "0 8 * * FRI,MON,WED", Africa::Accra),
        "Every Monday, Wednesday and Friday at 08:00, Accra time."
    );
    assert_eq!(said("en", "0 8 1 * *", Africa::Accra), "Once a month at 08:00, Accra time.");
    assert_eq!(said("en", "0 8 1-7 * FRI", Africa::Accra), "Once a month at 08:00, Accra time.");
    assert_eq!(said("fr", "0 8 * * FRI", Africa::Dakar), "Chaque vendredi à 08h00, heure locale à Dakar.");
    assert_eq!(said("ar", "0 8 * * FRI", Africa::Cairo), "أيام الجمعة الساعة 08:00، بتوقيت \u{2068}Cairo\u{2069}.");
}

#[test]
fn names_the_next_date_where_there_is_no_rhythm() {
    assert_eq!(said("en", "0 8 1,15 * *", Africa::Accra), "The next one is due on Tuesday 1 December 2026.");
    assert_eq!(said("en", "0 8,18 * * *", Africa::Accra), "The next one is due on Monday 23 November 2026.");
    assert_eq!(said("en", "* * * * *", Africa::Accra), "The next one is due on Monday 23 November 2026.");
    assert_eq!(said("en", "0 8 29 FEB *", Africa::Accra), "The next one is due on Tuesday 29 February 2028.");
    assert_eq!(said("en", "0 8 2 JAN,JUL *", Africa::Accra), "The next one is due on Saturday 2 January 2027.");
    assert_eq!(said("fr", "0 8 1,15 * *", Africa::Dakar), "Prochain numéro\u{a0}: mardi 1er décembre 2026.");
}

#[test]
fn a_template_that_is_not_compiled_in_says_messages_too() {
    let environment = minijinja::Environment::new();
    let context =
        |words: Catalogue| minijinja::context! { words => minijinja::Value::from(minijinja::value::Serde(words)) };
    let said = environment.render_str("{{ words.say(\"read-on\") }}", context(words("fr")));
    assert_eq!(said.unwrap(), "Lire la suite");
    assert!(environment.render_str("{{ words.say(\"nothing\") }}", context(words("fr"))).is_err());
}
