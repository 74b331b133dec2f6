//! What real content does to a brief: each variant is one way in which an edition differs from the sample.

use griot::catalogue::{Catalogue, Catalogues};
use griot::composition::{Brief, Composed, Confirmation, Image, Intro, Newsletter, Plain, Publisher, Section, Story};
use griot::config::{Direction, Language};

use super::sample;

/// Every variant with its name, and the letters.
pub fn all() -> Vec<(&'static str, Composed)> {
    vec![
        ("sample", sample::brief().compose(&sample::templates())),
        ("without-lead-image", without_lead_image().compose(&sample::templates())),
        ("one-story", one_story().compose(&sample::templates())),
        ("twenty-five-stories", twenty_five_stories().compose(&sample::templates())),
        ("sections", sections().compose(&sample::templates())),
        ("long", long().compose(&sample::templates())),
        ("portraits", portraits().compose(&sample::templates())),
        ("french", french().compose(&sample::templates())),
        ("arabic", arabic().compose(&sample::templates())),
        ("hebrew", hebrew().compose(&sample::templates())),
        ("amharic", amharic().compose(&sample::templates())),
        (
            "confirm-arabic",
            Confirmation { publisher: arabic().publisher, ..sample::confirmation() }.compose(&sample::templates()),
        ),
        ("confirm", sample::confirmation().compose(&sample::templates())),
        ("goodbye", sample::goodbye().compose(&sample::templates())),
    ]
}

pub fn without_lead_image() -> Brief {
    let mut brief = sample::brief();
    brief.lead.image = None;
    brief.lead.read_also.clear();
    brief.intro = None;
    brief.events.clear();
    brief.must_read.clear();
    brief
}

pub fn one_story() -> Brief {
    let mut brief = without_lead_image();
    brief.stories.clear();
    brief
}

pub fn twenty_five_stories() -> Brief {
    let mut brief = sample::brief();
    let more: Vec<Story> = sample::stories().into_iter().cycle().take(24).collect();
    brief.stories = more;
    brief
}

/// The last stories stand under titles of their own; one of them is paid for, between two that are not.
pub fn sections() -> Brief {
    let mut brief = sample::brief();
    let mut take = |title: &str, stories: usize, is_sponsored: bool| Section {
        title: title.into(),
        is_sponsored,
        stories: brief.stories.drain(..stories).collect(),
    };
    let mut sections = vec![take("From Beatline", 3, false), take("Sponsored by Volta Bank", 1, true)];
    sections.push(take("Opinion", 2, false));
    sections[1].stories[0].kicker = "Volta Bank".into();
    brief.sections = sections;
    brief
}

/// Headlines of 140 characters, words without an end, emoji, and nothing but headlines elsewhere.
pub fn long() -> Brief {
    let mut brief = sample::brief();
    brief.newsletter.name = "The Weekly Brief of the Harmattan and Beatline Newsrooms".into();
    brief.lead.headline = "Parliament sat until four in the morning over a single comma in the budget bill, and the \
                           comma, which moves two billion a year, is still there"
        .into();
    brief.stories[0].headline = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz".into();
    brief.stories[1].headline =
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft wins \
                                 a cup 🏆 and a goat 🐐"
            .into();
    brief.stories[3].standfirst = "https://northstar.example/a/very/long/address/that/an/editor/pasted/into/the/\
                                   standfirst/by/mistake?and=nobody&noticed=it"
        .into();
    brief.stories[5].headline = "".into();
    brief.must_read[0].title = brief.lead.headline.clone();
    brief
}

pub fn portraits() -> Brief {
    let mut brief = sample::brief();
    let portrait =
        |name| Some(Image { alt: "A woman looks up from her ledger".into(), ..sample::image(name, 900, 1350) });
    brief.publisher.logo = Some(sample::url("https://images.harmattan.example/logo.png"));
    brief.lead.image = portrait("lead-portrait");
    for story in &mut brief.stories {
        story.image = portrait("portrait");
    }
    brief.stories[1].image = Some(sample::image("icon", 64, 64));
    brief.stories[2].image = Some(sample::image("banner", 1500, 300));
    brief.stories[3].image = Some(sample::image("square", 700, 700));
    brief
}

pub fn french() -> Brief {
    translated(
        Publisher {
            name: "Presse Harmattan".into(),
            tagline: "Des nouvelles qui voyagent".into(),
            language: "fr-SN".into(),
            words: words_of("fr-SN"),
            ..sample::publisher()
        },
        "L’Hebdo",
        [
            "Dix jours de grève au port, et les commerçantes fixent leur propre tarif",
            "Lagos affiche complet en neuf minutes",
            "D’une cuisine de Kumasi à quatre cents rayons",
        ],
        "Les conteneurs restent au large, et les reines du marché ont publié leur liste de prix. Les grossistes s’y tiennent.",
        "Kojo Antwi",
    )
}

pub fn arabic() -> Brief {
    translated(
        Publisher {
            name: "صحافة الهرمتان".into(), tagline: "أخبار تسافر".into(), ..right_to_left("ar")
        },
        "موجز الأسبوع",
        [
            "بعد عشرة أيام من إضراب الميناء، التجار يضعون تعريفتهم الخاصة",
            "لاغوس باعت كل التذاكر في تسع دقائق",
            "من مطبخ صغير إلى أربعمئة رف",
        ],
        "مع بقاء الحاويات في عرض البحر نشرت تاجرات السوق قائمة أسعار خاصة بهن، ويلتزم بها تجار الجملة.",
        "كوجو أنتوي",
    )
}

pub fn hebrew() -> Brief {
    translated(
        Publisher { name: "הרמטאן".into(), tagline: "חדשות שנוסעות".into(), ..right_to_left("he") },
        "התקציר השבועי",
        ["עשרה ימים לשביתה בנמל, והסוחרים קובעים תעריף משלהם", "לאגוס אזלה בתשע דקות", "ממטבח קטן לארבע מאות מדפים"],
        "כשהמכולות תקועות בים, סוחרות השוק פרסמו מחירון משלהן. הסיטונאים מצייתים לו.",
        "קוג׳ו אנטווי",
    )
}

pub fn amharic() -> Brief {
    translated(
        Publisher { name: "ሐርማታን ፕሬስ".into(), language: "am".into(), ..sample::publisher() },
        "የሳምንቱ ዜና",
        ["የወደብ አድማው አሥረኛ ቀኑን ይዟል፤ ነጋዴዎች የራሳቸውን ዋጋ አወጡ", "ሌጎስ በዘጠኝ ደቂቃ ተሸጠ", "ከትንሽ ማእድ ቤት እስከ አራት መቶ መደርደሪያ"],
        "ኮንቴይነሮች በባሕር ላይ ቆመው ሳለ የገበያ ሴቶች የራሳቸውን የዋጋ ዝርዝር አወጡ። ጅምላ ሻጮች ያከብሩታል።",
        "ኮጆ አንትዊ",
    )
}

/// griot's own words; English where it does not speak the language.
fn words_of(language: &str) -> Catalogue {
    Catalogues::builtin().of(&Language::parse(language).unwrap())
}

fn right_to_left(language: &str) -> Publisher {
    Publisher { language: language.into(), direction: Direction::Rtl, words: words_of(language), ..sample::publisher() }
}

fn translated(publisher: Publisher, name: &str, headlines: [&str; 3], standfirst: &str, byline: &str) -> Brief {
    let mut brief = without_lead_image();
    brief.newsletter = Newsletter { name: name.into(), ..sample::newsletter() };
    brief.intro = Some(Intro { paragraphs: vec![standfirst.into()], signed: byline.into() });
    brief.lead.image = sample::brief().lead.image;
    brief.stories.truncate(2);
    brief.must_read = vec![sample::link(headlines[2], "https://harmattan.example/a")];
    brief.events = sample::brief().events;
    brief.events[0].title = headlines[1].into();
    for (story, headline) in std::iter::once(&mut brief.lead).chain(&mut brief.stories).zip(headlines) {
        story.headline = headline.into();
        story.platform = publisher.name.clone();
        story.section = Plain::default();
        story.standfirst = standfirst.into();
        story.bylines = vec![byline.into()];
    }
    brief.publisher = publisher;
    brief
}
