//! The picture of a story: the one the feed names, else one in the body; never a tracking pixel.

use scraper::{ElementRef, Html, Selector};
use std::sync::LazyLock;
use url::Url;

use super::Image;
use super::prose::folded;

/// Pictures up to so many pixels in either direction count readers or decorate.
const MAX_PIXEL: u32 = 40;
/// Longest caption, credit or alternative text, in characters.
const MAX_TEXT: usize = 500;

/// What stands before the name of a photographer in a caption.
const CREDIT_MARKS: [&str; 8] =
    ["photo credit:", "image credit:", "picture credit:", "photo by ", "credit:", "photo:", "image:", "picture:"];

/// Where pictures come from that are none.
const PIXEL_HOSTS: [&str; 8] = [
    "feedburner.com",
    "pixel.wp.com",
    "stats.wp.com",
    "doubleclick.net",
    "gravatar.com",
    "s.w.org",
    "feedsportal.com",
    "google-analytics.com",
];

static FIGURES: LazyLock<Option<Selector>> = LazyLock::new(|| Selector::parse("figure").ok());
static IMAGES: LazyLock<Option<Selector>> = LazyLock::new(|| Selector::parse("img").ok());
static CAPTIONS: LazyLock<Option<Selector>> = LazyLock::new(|| Selector::parse("figcaption").ok());

/// Chooses the picture: `named` by the feed, else the first in a figure of the sanitised body, else its first of all.
///
/// A picture that the feed names and the body shows too takes the alternative text and caption from there.
pub fn lead_image(named: Option<&Image>, body: &str) -> Option<Image> {
    let in_body = images_in(body);
    let Some(named) = named.and_then(usable) else { return in_body.into_iter().next() };
    let shown = in_body.into_iter().find(|image| path(&image.url) == path(&named.url)).unwrap_or_default();
    Some(Image {
        width: named.width.or(shown.width),
        height: named.height.or(shown.height),
        alt: named.alt.or(shown.alt),
        caption: named.caption.or(shown.caption),
        credit: named.credit.or(shown.credit),
        url: named.url,
    })
}

/// The addresses of the pictures in a sanitised body, those in figures first.
pub fn pictures_in(body: &str) -> impl Iterator<Item = String> {
    images_in(body).into_iter().map(|image| image.url)
}

/// The pictures of a body, those in figures first.
fn images_in(body: &str) -> Vec<Image> {
    let (Some(figures), Some(images), Some(captions)) = (&*FIGURES, &*IMAGES, &*CAPTIONS) else { return Vec::new() };
    if !body.contains("<img") {
        return Vec::new();
    }
    let document = Html::parse_fragment(body);
    let in_figures = document.select(figures).filter_map(|figure| {
        let mut image = read_image(figure.select(images).next()?)?;
        let caption = figure.select(captions).next().map(|caption| folded(&caption.text().collect::<String>()));
        (image.caption, image.credit) = caption.map_or((None, None), |caption| without_credit(&caption));
        Some(image)
    });
    in_figures.chain(document.select(images).filter_map(read_image)).collect()
}

fn read_image(element: ElementRef<'_>) -> Option<Image> {
    let pixels = |name| element.attr(name).and_then(|value| value.trim_end_matches("px").parse().ok());
    usable(&Image {
        url: element.attr("src")?.to_owned(),
        width: pixels("width"),
        height: pixels("height"),
        alt: element.attr("alt").map(str::to_owned),
        ..Image::default()
    })
}

/// The picture with its texts made plain, unless it is a pixel or its URL is not one of the web.
fn usable(image: &Image) -> Option<Image> {
    let url = Url::parse(image.url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?;
    let is_from =
        |pixel_host: &str| host.strip_suffix(pixel_host).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'));
    let is_small = |pixels: Option<u32>| pixels.is_some_and(|pixels| pixels <= MAX_PIXEL);
    if PIXEL_HOSTS.into_iter().any(is_from) || is_small(image.width) || is_small(image.height) {
        return None;
    }
    let plain = |text: &Option<String>| {
        let text: String = folded(text.as_deref()?).chars().take(MAX_TEXT).collect();
        Some(text).filter(|text| !text.is_empty())
    };
    Some(Image {
        url: url.into(),
        width: image.width,
        height: image.height,
        alt: plain(&image.alt),
        caption: plain(&image.caption),
        credit: plain(&image.credit),
    })
}

/// Caption and credit of a line such as `Market day in Kumasi. Photo: Ama Owusu`.
fn without_credit(line: &str) -> (Option<String>, Option<String>) {
    let lower = line.to_ascii_lowercase();
    let mark = CREDIT_MARKS.iter().filter_map(|mark| Some((lower.rfind(mark)?, mark.len())));
    // The longest mark at a place is the first that starts there.
    let (caption, credit) = match mark.min_by_key(|(at, _)| *at) {
        Some((at, length)) => (&line[..at], &line[at + length..]),
        None => (line, ""),
    };
    let filled = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let credit = credit.trim().trim_end_matches([')', ']', '.']);
    (filled(caption.trim().trim_end_matches(['(', '[', '|', '/', '–', '-'])), filled(credit))
}

/// Scheme, size in the query and WordPress's size in the name aside, the same picture.
fn path(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let (stem, extension) = path.rsplit_once('.').unwrap_or((path, ""));
    let is_size =
        |size: &str| size.split_once('x').is_some_and(|(w, h)| [w, h].iter().all(|n| n.parse::<u16>().is_ok()));
    let stem = stem.rsplit_once('-').filter(|(_, size)| is_size(size)).map_or(stem, |(stem, _)| stem);
    let address = stem.split_once("://").map_or(stem, |(_, address)| address);
    format!("{address}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefers_a_figure_and_splits_its_credit_off() {
        let body = r#"<p><img src="https://example.org/1.jpg"></p><figure><img src="https://example.org/2.jpg" alt="A  stall"
            width="800" height="600"><figcaption>Market day in Kumasi (Photo: Ama Owusu)</figcaption></figure>"#;
        let image = lead_image(None, body).unwrap();
        assert_eq!(image.url, "https://example.org/2.jpg");
        assert_eq!((image.width, image.height, image.alt.as_deref()), (Some(800), Some(600), Some("A stall")));
        assert_eq!(image.caption.as_deref(), Some("Market day in Kumasi"));
        assert_eq!(image.credit.as_deref(), Some("Ama Owusu"));
    }

    #[test]
    fn passes_over_pixels_and_portraits() {
        let body = r#"<img src="https://pixel.wp.com/b.gif"><img src="https://example.org/t.gif" width="1" height="1">
            <img src="data:image/gif;base64,R0"><img src="https://secure.gravatar.com/avatar/1"><img src="http://example.org/p.png">"#;
        assert_eq!(lead_image(None, body).unwrap().url, "http://example.org/p.png");
    }

    #[test]
    fn takes_what_the_body_knows_of_the_picture_the_feed_names() {
        let named = Image { url: "https://example.org/m-1024x768.jpg".into(), width: Some(1024), ..Image::default() };
        let body =
            r#"<img src="https://example.org/other.jpg"><img src="https://example.org/m.jpg?w=300" alt="A mask">"#;
        let image = lead_image(Some(&named), body).unwrap();
        assert_eq!((image.url.as_str(), image.alt.as_deref()), ("https://example.org/m-1024x768.jpg", Some("A mask")));
        assert_eq!(lead_image(Some(&Image { url: "ftp://example.org/x".into(), ..Image::default() }), ""), None);
    }
}
