//! How a brief and the letters are set: the text as a whole, the structure of the HTML, and what holds for every page
//! whatever its content.

use std::fmt::Write as _;

use crate::support::sample;
use crate::support::variants;
use griot::composition::Around;
use griot::composition::place::{Piece, Place, split};
use scraper::{ElementRef, Html, Selector};

fn select<'a>(page: &'a Html, css: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(css).unwrap()).collect()
}

fn text_of(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What is read, in source order: headings, paragraphs, links and images, without the styles.
fn outline(html: &str) -> String {
    let page = Html::parse_document(&visible(html));
    let mut outline = String::new();
    for element in select(&page, "h1, h2, h3, p, div, a, img, td") {
        let name = element.value().name();
        let attr = |name: &str| element.value().attr(name).unwrap_or_default();
        let own_text: String =
            element.children().filter_map(|child| child.value().as_text()).map(|t| t.trim()).collect();
        let line = match name {
            "a" => format!("  a {} -> {}", text_of(element), attr("href")),
            "img" => format!("  img {}x{} {:?} {}", attr("width"), attr("height"), attr("alt"), attr("src")),
            "h1" | "h2" | "h3" => format!("{name} {}", text_of(element)),
            _ if own_text.is_empty() => continue,
            _ => format!("{name} {}", text_of(element)),
        };
        writeln!(outline, "{line}").unwrap();
    }
    outline
}

/// The rendered string with its places made visible.
fn visible(rendered: &str) -> String {
    split(rendered)
        .into_iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_owned(),
            Piece::Place(place) => format!("{{{place:?}}}"),
        })
        .collect()
}

fn places(rendered: &str) -> Vec<Place> {
    let place = |piece| if let Piece::Place(place) = piece { Some(place) } else { None };
    split(rendered).into_iter().filter_map(place).collect()
}

#[test]
fn f5_the_text_of_the_sample_is_set_like_this() {
    insta::assert_snapshot!(visible(&sample::brief().compose(&sample::templates()).text));
}

#[test]
fn a_french_brief_is_french_throughout() {
    insta::assert_snapshot!(visible(&variants::french().compose(&sample::templates()).text));
}

#[test]
fn an_arabic_brief_is_arabic_throughout() {
    let text = visible(&variants::arabic().compose(&sample::templates()).text);
    insta::assert_snapshot!(text.replace('\u{2068}', "{FSI}").replace('\u{2069}', "{PDI}"));
}

#[test]
fn the_html_of_the_sample_reads_in_this_order() {
    insta::assert_snapshot!(outline(&sample::brief().compose(&sample::templates()).html));
}

#[test]
fn the_confirmation_asks_one_thing() {
    let letter = sample::confirmation().compose(&sample::templates());
    assert_eq!(letter.subject, "Confirm your subscription to The Weekly Brief");
    insta::assert_snapshot!(letter.text);
    insta::assert_snapshot!(outline(&letter.html));
}

#[test]
fn the_goodbye_is_the_last_word() {
    let letter = sample::goodbye().compose(&sample::templates());
    assert_eq!(letter.subject, "You have left The Weekly Brief");
    insta::assert_snapshot!(letter.text);
    insta::assert_snapshot!(outline(&letter.html));
}

#[test]
fn every_place_is_there_and_none_in_what_goes_into_headers() {
    let brief = sample::brief().compose(&sample::templates());
    for rendered in [&brief.html, &brief.text] {
        let found = places(rendered);
        // Links name a reader where they are counted, which the brief does not decide.
        for place in Place::ALL.into_iter().filter(|place| *place != Place::ReaderToken) {
            assert!(found.contains(&place), "{place:?} is missing");
        }
    }
    for (name, composed) in variants::all() {
        assert_eq!(places(&composed.subject), [], "{name}");
        assert_eq!(places(&composed.preheader), [], "{name}");
    }
    assert_eq!(places(&sample::confirmation().compose(&sample::templates()).html), []);
}

#[test]
fn the_archive_shows_the_same_edition_without_what_is_personal() {
    let brief = sample::brief();
    let page = brief.compose_public(&sample::templates(), &sample::url("https://brief.harmattan.example/"));
    let page = Around::default().set_into(&page);
    assert_eq!(places(&page), []);
    let (mailed, public) = (outline(&brief.compose(&sample::templates()).html), outline(&page));
    let (shown, _) = mailed.split_once("p You get ").unwrap();
    assert!(public.starts_with(shown));
    assert!(public.contains("a Get The Weekly Brief every Friday -> https://brief.harmattan.example/"));
    assert!(!public.contains("You get") && !public.contains("Unsubscribe"));
}

#[test]
fn no_input_forges_a_place() {
    let honest = sample::brief().compose(&sample::templates());
    let token = Place::UnsubscribeUrl.to_string();
    let mut brief = sample::brief();
    brief.lead.headline = format!("Read {token} this").into();
    brief.lead.url = sample::url(&format!("https://harmattan.example/{token}?{token}#{token}"));
    brief.stories[0].standfirst = token.as_str().into();
    brief.stories[0].bylines = vec![token.as_str().into()];
    brief.must_read[0].title = token.as_str().into();
    brief.publisher.postal_address = token.as_str().into();
    brief.newsletter.name = token.as_str().into();
    let forged = brief.compose(&sample::templates());
    assert_eq!(places(&forged.html), places(&honest.html));
    assert_eq!(places(&forged.text), places(&honest.text));
}

#[test]
fn what_a_feed_writes_stays_text() {
    let mut brief = sample::brief();
    brief.lead.headline = "</a><script>alert(1)</script> \"Tariff\" & more".into();
    brief.lead.image.as_mut().unwrap().alt = "\"><img src=x onerror=alert(1)>".into();
    let composed = brief.compose(&sample::templates());
    let page = Html::parse_document(&composed.html);
    assert_eq!(select(&page, "script, [onerror]").len(), 0);
    assert!(text_of(select(&page, "h2")[0]).starts_with("</a><script>"));
    assert!(composed.text.contains(" 1. </a><script>alert(1)</script> \"Tariff\" & more"));
}

#[test]
fn f5_the_text_has_every_link_of_the_html_whole() {
    for (name, composed) in variants::all() {
        let (html, text) = (visible(&composed.html), visible(&composed.text));
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for link in select(&Html::parse_document(&html), "a") {
            let href = link.value().attr("href").unwrap();
            assert!(lines.contains(&href), "{name}: {href} has no line of its own in\n{text}");
        }
    }
}

#[test]
fn the_text_is_72_columns_but_for_urls() {
    for (name, composed) in variants::all() {
        for line in visible(&composed.text).lines() {
            let is_one_word = !line.trim().contains(' ');
            assert!(line.chars().count() <= 72 || is_one_word, "{name}: {line}");
            assert_eq!(line, line.trim_end(), "{name}");
        }
        assert!(!composed.text.contains("\n\n\n"), "{name}");
    }
}

#[test]
fn f9_ten_stories_stay_under_60_kb_and_twenty_five_under_the_clip() {
    let size = |brief: griot::composition::Brief| brief.compose(&sample::templates()).html.len();
    assert!(size(sample::brief()) < 60_000, "{} bytes", size(sample::brief()));
    assert!(size(variants::twenty_five_stories()) < 90_000, "{} bytes", size(variants::twenty_five_stories()));
}

#[test]
fn f10_the_preheader_is_the_first_thing_in_the_body() {
    for (name, composed) in variants::all() {
        let page = Html::parse_document(&composed.html);
        let first = select(&page, "body > *")[0];
        assert_eq!(text_of(first), composed.preheader, "{name}");
        let style = first.value().attr("style").unwrap();
        assert!(style.contains("display:none") && style.contains("mso-hide:all"), "{name}");
    }
}

#[test]
fn h_every_page_is_made_of_what_mail_clients_keep() {
    for (name, composed) in variants::all() {
        let page = Html::parse_document(&composed.html);
        for table in select(&page, "table") {
            assert_eq!(table.value().attr("role"), Some("presentation"), "{name}");
        }
        for image in select(&page, "img") {
            let attr = |name| image.value().attr(name);
            assert!(attr("src").unwrap().starts_with("https://"), "{name}");
            assert!(attr("alt").is_some() && (attr("width").is_some() || attr("height").is_some()), "{name}");
        }
        assert_eq!(select(&page, "script, form, iframe, svg, link, video").len(), 0, "{name}");
        for element in select(&page, "*") {
            assert!(element.value().attrs().all(|(attr, _)| !attr.starts_with("on")), "{name}");
        }
        let html = select(&page, "html")[0].value();
        assert!(html.attr("lang").is_some() && html.attr("dir").is_some(), "{name}");
        assert_eq!(select(&page, "title").len(), 1, "{name}");
        assert_eq!(select(&page, "meta[name=color-scheme]").len(), 1, "{name}");
        assert_eq!(select(&page, "h1").len(), 1, "{name}");
    }
}

#[test]
fn h_unsubscribe_is_as_legible_as_the_links_beside_it() {
    let html = visible(&sample::brief().compose(&sample::templates()).html);
    let page = Html::parse_document(&html);
    let styles: Vec<_> = ["OnlineUrl", "PreferencesUrl", "UnsubscribeUrl"]
        .map(|place| select(&page, &format!("a[href='{{{place}}}']"))[0].value().attr("style"))
        .to_vec();
    assert!(styles[0].is_some() && styles.iter().all(|style| *style == styles[0]), "{styles:?}");
}

#[test]
fn h_a_right_to_left_edition_runs_from_the_right() {
    let html = variants::arabic().compose(&sample::templates()).html;
    let page = Html::parse_document(&html);
    assert_eq!(select(&page, "html[lang=ar][dir=rtl]").len(), 1);
    // Gmail drops <html>; what is left must say it again.
    assert_eq!(select(&page, "div[role=article][lang=ar][dir=rtl]").len(), 1);
    // griot's own words are Arabic too; in a language it does not speak they say what they are.
    assert_eq!(select(&page, "[lang=en]").len(), 0);
    let hebrew = variants::hebrew().compose(&sample::templates()).html;
    assert_eq!(select(&Html::parse_document(&hebrew), "p[lang=en][dir=ltr]").len(), 1);
    assert!(html.contains("متابعة القراءة&nbsp;←") && !html.contains("letter-spacing:1.2px"));
}

#[test]
fn what_is_not_there_leaves_no_gap() {
    let composed = variants::one_story().compose(&sample::templates());
    let page = Html::parse_document(&composed.html);
    assert_eq!(select(&page, "h3").len(), 0);
    assert_eq!(select(&page, "img").len(), 0);
    for heading in ["Must read", "Coming up", "Read also"] {
        assert!(!composed.html.contains(heading) && !composed.text.contains(heading), "{heading}");
    }
    assert!(select(&page, "p").into_iter().all(|p| !text_of(p).is_empty()));
    assert!(composed.text.contains("One story, one minute"));
}

#[test]
fn sections_are_numbered_on_and_what_is_paid_for_says_so_and_is_not_counted() {
    let composed = variants::sections().compose(&sample::templates());
    let outlined = outline(&composed.html);
    let lines: Vec<&str> = outlined.lines().collect();
    let at = |line: &str| lines.iter().position(|one| *one == line).unwrap_or_else(|| panic!("{line}:\n{outlined}"));
    let titles = [at("h2 From Beatline"), at("h2 Sponsored by Volta Bank"), at("h2 Opinion"), at("h2 Must read")];
    assert!(titles.is_sorted(), "{titles:?}");
    let paid = &lines[titles[1]..titles[2]];
    assert!(paid.contains(&"p Sponsored · Volta Bank"), "{paid:?}");
    let number = |line: &&&str| line.strip_prefix("td ").is_some_and(|number| number.parse::<usize>().is_ok());
    assert_eq!(paid.iter().filter(number).count(), 0, "{paid:?}");
    let numbers: Vec<&&str> = lines.iter().filter(number).collect();
    assert_eq!(numbers, [&"td 2", &"td 3", &"td 4", &"td 5", &"td 6", &"td 7", &"td 8", &"td 9"]);
    assert!(outlined.contains("Nine stories, "), "{outlined}");
    assert!(composed.text.contains("\n    Sponsored · Volta Bank\n"), "{}", composed.text);
    assert!(composed.text.contains("\n 9. ") && composed.text.contains("\n10. The judge"), "{}", composed.text);
}

#[test]
fn a_story_without_a_headline_is_named_by_its_site() {
    let html = variants::long().compose(&sample::templates()).html;
    let page = Html::parse_document(&html);
    assert!(select(&page, "h3").into_iter().any(|h3| text_of(h3) == "northstar.example"));
}
