//! A brief as a publisher of three platforms would send it, made up from beginning to end.

use chrono::{NaiveDate, NaiveTime, Weekday, WeekdaySet};
use griot::catalogue::Catalogue;
use griot::composition::{
    Brief, Confirmation, Event, Goodbye, Image, Intro, Link, Newsletter, Plain, Publisher, Story, Theme, WebUrl,
};
use griot::config::{Cadence, Colour, Direction};
use griot::templates::Templates;

pub fn publisher() -> Publisher {
    Publisher {
        name: "Harmattan Press".into(),
        tagline: "News that travels".into(),
        website: url("https://www.harmattan.example/"),
        postal_address: "1 Example Street, Accra, Ghana".into(),
        logo: None,
        language: "en".into(),
        direction: Direction::Ltr,
        words: Catalogue::english(),
    }
}

/// griot's own.
pub fn templates() -> Templates {
    Templates::builtin()
}

pub fn theme() -> Theme {
    Theme::new(Colour::new(0xa6, 0x30, 0x1c), None)
}

pub fn newsletter() -> Newsletter {
    Newsletter { name: "The Weekly Brief".into(), cadence: Cadence::Weekly(WeekdaySet::single(Weekday::Fri)) }
}

pub fn brief() -> Brief {
    let mut stories = stories();
    let lead = stories.remove(0);
    Brief {
        publisher: publisher(),
        theme: theme(),
        newsletter: newsletter(),
        number: 12,
        date: day(7),
        subject: Plain::default(),
        preheader: Plain::default(),
        intro: Some(Intro {
            paragraphs: vec![
                "Good morning. The strike at the port has reached the market stalls, and the market stalls have begun \
                 to answer back. Below, the week from our three platforms; the long read is at number four."
                    .into(),
            ],
            signed: "Efua, for the editors".into(),
        }),
        lead,
        stories,
        sections: vec![],
        must_read: vec![
            link("The judge who would not adjourn", "https://harmattan.example/courts/the-judge"),
            link("Five dishes that crossed the ocean and came back", "https://northstar.example/food/five-dishes"),
            link("Why the night bus is full again", "https://harmattan.example/city/night-bus"),
        ],
        events: vec![
            Event {
                title: "An evening with the archive: sixty years of radio, played from the original tapes".into(),
                url: Some(url("https://harmattan.example/events/archive")),
                date: day(14),
                time: NaiveTime::from_hms_opt(18, 30, 0),
                place: "National Theatre, Accra".into(),
            },
            Event {
                title: "Open desk: bring us your street".into(),
                url: None,
                date: day(16),
                time: None,
                place: Plain::default(),
            },
        ],
    }
}

pub fn confirmation() -> Confirmation {
    Confirmation {
        publisher: publisher(),
        theme: theme(),
        newsletter: newsletter(),
        confirm_url: url("https://brief.harmattan.example/confirm/k1.mzxw6ytboi2dmnrtge3tqmjxgaytcmrrgy2dknzvha4q"),
        days: 7,
    }
}

pub fn goodbye() -> Goodbye {
    Goodbye {
        publisher: publisher(),
        theme: theme(),
        newsletter: newsletter(),
        sign_up_url: url("https://brief.harmattan.example/"),
    }
}

/// The ten stories, the lead first; between them they miss every part that a story may miss.
pub fn stories() -> Vec<Story> {
    vec![
        Story {
            standfirst: "With containers stuck offshore, Accra’s market queens have published a price list of their own. \
                         Wholesalers are keeping to it, and the ministry has noticed."
                .into(),
            image: Some(Image {
                alt: "Traders stand at their stalls in a covered market".into(),
                caption: "Makola market on Tuesday".into(),
                credit: "Photograph: K. Adjei / Harmattan".into(),
                ..image("lead", 1600, 1067)
            }),
            also_on: vec!["Beatline".into()],
            read_also: vec![
                link("What the harbour unions want", "https://harmattan.example/economy/unions"),
                link("The week the cranes stopped: a timeline", "https://harmattan.example/economy/timeline"),
            ],
            ..story(
                "Ten days into the port strike, the traders set their own tariff",
                "https://harmattan.example/economy/traders-tariff",
                ("Harmattan", "Economy", "Kojo Antwi", 5),
            )
        },
        Story {
            standfirst: "She learned the log drum from phone videos; now four cities are asking for a date.".into(),
            image: Some(Image { alt: "A producer at her desk".into(), ..image("producer", 1200, 800) }),
            ..story(
                "Lagos sold out in nine minutes. The producer is nineteen",
                "https://beatline.example/music/sold-out",
                ("Beatline", "Music", "Tunde Bello", 3),
            )
        },
        Story {
            standfirst: "How one family turned a cassava flour into a contract, and what the contract cost them.".into(),
            ..story(
                "From a Kumasi kitchen to four hundred shelves",
                "https://northstar.example/business/kumasi-kitchen",
                ("North Star", "Business", "Ama Owusu", 6),
            )
        },
        Story {
            standfirst: "The dam was to light three provinces. Nineteen years, four ministers and two engineers’ strikes \
                         later it lights one street, and the people on it have formed a committee to ask why the other \
                         streets were promised the same lamp. This is what the committee found when it opened the books, \
                         page by page, over eleven evenings in a school that has no light."
                .into(),
            bylines: vec!["Adwoa Mensah".into(), "Yaw Darko".into(), "Selam Tesfaye".into()],
            image: Some(image("dam", 1200, 900)),
            ..story(
                "The dam that was to light three provinces lights one street, and the people who live on it would like \
                 to know where the rest went",
                "https://harmattan.example/long-reads/the-dam",
                ("Harmattan", "Long read", "", 1),
            )
        },
        Story {
            published: None,
            ..story(
                "Three sisters, one relay, and a baton from 1972",
                "https://northstar.example/sport/relay",
                ("North Star", "Sport", "", 4),
            )
        },
        Story {
            standfirst: "A choir in Salvador asked a choir in Ouidah for a melody. It got an answer in four parts.".into(),
            image: Some(Image { alt: "Singers in white, from behind".into(), ..image("choir", 800, 1200) }),
            also_on: vec!["North Star".into(), "Harmattan".into()],
            ..story(
                "The song went out in 1834 and came home on Sunday",
                "https://beatline.example/culture/the-song",
                ("Beatline", "Culture", "Nneka Obi", 2),
            )
        },
        Story {
            standfirst: "Rents near the new line rose before the first train ran.".into(),
            ..story(
                "Who owns the land under the railway?",
                "https://northstar.example/city/railway-land?utm_source=brief&utm_medium=email",
                ("North Star", "", "Ama Owusu", 3),
            )
        },
        Story {
            kicker: "Photo essay".into(),
            standfirst: "Twelve tailors, twelve Mondays, one borrowed camera.".into(),
            image: Some(Image { width: None, height: None, ..image("tailors", 0, 0) }),
            ..story(
                "Measure twice",
                "https://beatline.example/style/measure-twice",
                ("Beatline", "Style", "Efe Okoro", 5),
            )
        },
        Story {
            standfirst: "The vaccine reached the last village by canoe, on ice made from the river it crossed.".into(),
            ..story(
                "Cold all the way",
                "https://harmattan.example/health/cold-chain",
                ("Harmattan", "Health", "Yaw Darko", 6),
            )
        },
        Story {
            standfirst: "A quiz for the weekend.".into(),
            ..story(
                "Which of these seven proverbs did we make up?",
                "https://northstar.example/quiz/proverbs",
                ("North Star", "Quiz", "", 6),
            )
        },
    ]
}

/// A story with platform, section, byline and day of November 2025; nothing else.
pub fn story(headline: &str, link: &str, (platform, section, byline, published): (&str, &str, &str, u32)) -> Story {
    Story {
        headline: headline.into(),
        url: url(link),
        platform: platform.into(),
        section: section.into(),
        kicker: Plain::default(),
        standfirst: Plain::default(),
        bylines: vec![byline.into()],
        published: day(published).and_hms_opt(9, 30, 0),
        image: None,
        also_on: vec![],
        read_also: vec![],
    }
}

pub fn image(name: &str, width: u32, height: u32) -> Image {
    Image {
        url: url(&format!("https://images.harmattan.example/{name}.jpg")),
        width: Some(width),
        height: Some(height),
        alt: Plain::default(),
        caption: Plain::default(),
        credit: Plain::default(),
    }
}

pub fn link(title: &str, to: &str) -> Link {
    Link { title: title.into(), url: url(to) }
}

pub fn url(text: &str) -> WebUrl {
    WebUrl::parse(text).unwrap()
}

/// A day of November 2025; the 7th is the Friday of the edition.
pub fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 11, day).unwrap()
}
