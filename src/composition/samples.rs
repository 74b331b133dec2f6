//! A made-up brief and made-up letters, which a publisher's templates are tried with before any reader sees them. They
//! have everything a message can have, and once nothing that it can miss.

use chrono::{NaiveDate, NaiveTime, Weekday, WeekdaySet};

use super::{
    Brief, Confirmation, DraftNotice, Event, Goodbye, Image, Intro, Link, Newsletter, Note, NoticeStory, Plain,
    Publisher, Section, Story, Theme, WebUrl,
};
use crate::catalogue::{Catalogue, Catalogues};
use crate::config::{Cadence, Colour, Direction, Language};
use crate::templates::Sample;

/// Every message, in a language that runs from left to right and in one that runs from right to left.
pub fn samples(catalogues: &Catalogues) -> Vec<Sample> {
    ["en", "ar"]
        .into_iter()
        .filter_map(|tag| Language::parse(tag).ok())
        .flat_map(|language| of_publisher(&publisher(catalogues.of(&language), &language), catalogues))
        .collect()
}

fn of_publisher(publisher: &Publisher, catalogues: &Catalogues) -> Vec<Sample> {
    let theme = Theme::new(Colour::new(0xa6, 0x30, 0x1c), None);
    let newsletter = newsletter();
    let mut samples = full(publisher, &theme).samples(&url("https://brief.example/"));
    samples.extend(bare(publisher, &theme).samples(&url("https://brief.example/")));
    let confirmation = Confirmation {
        publisher: publisher.clone(),
        theme: theme.clone(),
        newsletter: newsletter.clone(),
        confirm_url: url("https://brief.example/confirm/k1.mzxw6ytboi?a=1&b=2"),
        days: 7,
    };
    samples.extend(confirmation.samples());
    let goodbye = Goodbye {
        publisher: publisher.clone(),
        theme: theme.clone(),
        newsletter: newsletter.clone(),
        sign_up_url: url("https://brief.example/"),
    };
    samples.extend(goodbye.samples());
    let note = Note {
        publisher: publisher.clone(),
        theme: theme.clone(),
        newsletter: newsletter.clone(),
        title: TRICKY.to_owned(),
        texts: vec![TRICKY.to_owned(), "Another.".to_owned()],
        links: vec![link("What the harbour unions want")],
        button: Some(("See \"everything\"".to_owned(), url("https://brief.example/preferences/k1.mzxw6ytboi"))),
        after: "If it was not you, do nothing.".to_owned(),
        after_url: Some(url("https://brief.example/unsubscribe/k1.mzxw6ytboi?a=1&b=2")),
    };
    samples.extend(note.samples());
    samples.extend(Note { links: Vec::new(), button: None, after_url: None, ..note }.samples());
    let mut notice = DraftNotice {
        publisher: publisher.clone(),
        theme,
        newsletter,
        edition: "weekly-brief/12".into(),
        subject: TRICKY.into(),
        goes_out: "Fri 7 Nov 2025 08:00 Africa/Accra".into(),
        waits: true,
        needed: 1,
        stories: vec![NoticeStory {
            id: 7,
            headline: TRICKY.into(),
            url: url("https://harmattan.example/economy?a=1&b='2'"),
            platform: "Harmattan".into(),
            reasons: vec!["Lead of the week.".into(), "Read by many.".into()],
        }],
        words: catalogues.english(),
    };
    samples.extend(notice.samples());
    notice.waits = false;
    notice.subject = Plain::default();
    notice.stories.clear();
    samples.extend(notice.samples());
    samples
}

/// Every sign that means something in HTML.
const TRICKY: &str = "Fish & chips: \"two for <one>\" at Ama's, وهذا بالعربية";

fn publisher(words: Catalogue, language: &Language) -> Publisher {
    let direction = language.direction();
    Publisher {
        name: "Harmattan & Sons".into(),
        tagline: "News that \"travels\"".into(),
        website: url("https://www.harmattan.example/"),
        postal_address: "1 Example Street, Accra, Ghana".into(),
        logo: (direction == Direction::Rtl).then(|| url("https://images.harmattan.example/logo.png")),
        language: language.as_str().into(),
        direction,
        words,
    }
}

fn newsletter() -> Newsletter {
    Newsletter { name: "The <Weekly> Brief".into(), cadence: Cadence::Weekly(WeekdaySet::single(Weekday::Fri)) }
}

fn full(publisher: &Publisher, theme: &Theme) -> Brief {
    let image = |name: &str, width, height| Image {
        url: url(&format!("https://images.harmattan.example/{name}.jpg?a=1&b=2")),
        width,
        height,
        alt: Plain::default(),
        caption: Plain::default(),
        credit: Plain::default(),
    };
    let mut lead = story(TRICKY);
    lead.image = Some(Image {
        alt: "Traders at \"Makola\"".into(),
        caption: "Makola market".into(),
        credit: "K. Adjei".into(),
        ..image("lead", Some(1600), Some(1067))
    });
    lead.also_on = vec!["Beatline".into(), "North Star".into()];
    lead.read_also = vec![link("What the harbour unions want"), link("The week the cranes stopped")];
    let pictured = Story { image: Some(image("tailors", None, None)), ..story("Measure twice") };
    let bare = Story {
        standfirst: Plain::default(),
        bylines: vec![],
        published: None,
        ..story("Three sisters, one relay, and a baton from 1972")
    };
    let section = |title: &str, is_sponsored, stories| Section { title: title.into(), is_sponsored, stories };
    Brief {
        intro: Some(Intro { paragraphs: vec!["Good morning.".into(), TRICKY.into()], signed: "Efua".into() }),
        lead,
        stories: vec![pictured.clone(), bare.clone()],
        sections: vec![
            section("Opinion & ideas", false, vec![bare, pictured.clone()]),
            section("From our sponsors", true, vec![Story { kicker: "Volta Bank".into(), ..pictured }]),
        ],
        must_read: vec![link("The judge who would not adjourn"), link(TRICKY)],
        events: vec![
            Event {
                title: "An evening with the archive".into(),
                url: Some(url("https://harmattan.example/events/archive")),
                date: day(14),
                time: NaiveTime::from_hms_opt(18, 30, 0),
                place: "National Theatre, Accra".into(),
            },
            Event { title: TRICKY.into(), url: None, date: day(16), time: None, place: Plain::default() },
        ],
        ..bare_of(publisher, theme)
    }
}

/// One story, and nothing around it.
fn bare(publisher: &Publisher, theme: &Theme) -> Brief {
    let publisher = Publisher { tagline: Plain::default(), logo: None, ..publisher.clone() };
    bare_of(&publisher, theme)
}

fn bare_of(publisher: &Publisher, theme: &Theme) -> Brief {
    Brief {
        publisher: publisher.clone(),
        theme: theme.clone(),
        newsletter: newsletter(),
        number: 12,
        date: day(7),
        subject: Plain::default(),
        preheader: Plain::default(),
        intro: None,
        lead: Story { standfirst: Plain::default(), bylines: vec![], published: None, ..story("One story alone") },
        stories: vec![],
        sections: vec![],
        must_read: vec![],
        events: vec![],
    }
}

fn story(headline: &str) -> Story {
    Story {
        headline: headline.into(),
        url: url("https://harmattan.example/economy/traders?a=1&b='2'"),
        platform: "Harmattan".into(),
        section: "Economy".into(),
        kicker: Plain::default(),
        standfirst: "Wholesalers are keeping to it, and the ministry has noticed.".into(),
        bylines: vec!["Kojo Antwi".into(), "Ama Owusu".into()],
        published: day(5).and_hms_opt(9, 30, 0),
        image: None,
        also_on: vec![],
        read_also: vec![],
    }
}

fn link(title: &str) -> Link {
    Link { title: title.into(), url: url("https://harmattan.example/courts/the-judge?a=1&b=2") }
}

/// Of addresses that stand above.
fn url(text: &str) -> WebUrl {
    WebUrl::parse(text).expect("the samples' addresses are well-formed")
}

/// A day of November 2025; the 7th is the Friday of the edition.
fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 11, day).expect("November has thirty days")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::templates::{Templates, sources};

    #[test]
    fn both_engines_set_every_template_to_the_same_bytes() {
        let samples = samples(&Catalogues::builtin());
        let other = Templates::interpreted();
        for sample in &samples {
            let rendered = other.render_sample(sample).unwrap_or_else(|problem| panic!("{problem}"));
            similar(sample.name(), sample.rendered(), &rendered);
        }
        let tried: BTreeSet<&str> = samples.iter().map(Sample::name).collect();
        let parts = ["brief/row.html", "message/footer.txt", "message/layout.html"];
        let missing: Vec<&str> = sources::all()
            .map(|(name, _)| name)
            .filter(|name| !name.starts_with("pages/") && !tried.contains(name) && !parts.contains(name))
            .collect();
        assert!(missing.is_empty(), "no sample of {missing:?}");
    }

    fn similar(name: &str, one: &str, other: &str) {
        for (line, (one, other)) in one.lines().zip(other.lines()).enumerate() {
            assert_eq!(one, other, "{name}, line {}", line + 1);
        }
        assert_eq!(one, other, "{name}");
    }
}
