//! News sitemaps (sitemaps.org 0.9 with Google's sitemap-news 0.9): what a site tells search engines of its last two
//! days.
//!
//! For sites without a feed, or whose feeds lack what they publish. Its keywords are left out: they are no sections,
//! and the first of a story's tags is taken for one.

use url::Url;

use super::date::parse_date;
use super::element::Element;
use super::markup::{Rules, read_text};
use super::vocabulary::Vocabulary::{News, Sitemap, SitemapImage};
use super::{Entry, Image, ParseError};

/// Sitemaps of an index that are named in the error about it.
const NAMED: usize = 3;
/// Longest address that is named there, in bytes.
const MAX_NAMED: usize = 300;

/// Reads a `url`. One without `news:news` is a page like any other, and has no title.
pub fn read_url(url: &Element) -> Entry {
    let news = url.child(News, "news");
    let named = |name| news?.child(News, name);
    let date = |element: Option<&Element>| element?.text().and_then(|text| parse_date(&text));
    Entry {
        url: url.child(Sitemap, "loc").and_then(Element::text).map(|loc| url.resolve(&loc)),
        title: named("title").and_then(|title| read_text(title, Rules::RssTitle)),
        published: date(named("publication_date")),
        updated: date(url.child(Sitemap, "lastmod")),
        image: url.elements().filter(|child| child.is(SitemapImage, "image")).find_map(read_image),
        ..Entry::default()
    }
}

fn read_image(image: &Element) -> Option<Image> {
    let text = |name| image.child(SitemapImage, name)?.text();
    Some(Image { url: image.resolve(&text("loc")?), alt: text("title"), caption: text("caption"), ..Image::default() })
}

/// The publication's name and language, which every entry repeats.
pub fn read_publication(url: &Element) -> (Option<&Element>, Option<String>) {
    let publication = url.child(News, "news").and_then(|news| news.child(News, "publication"));
    let of = |name| publication?.child(News, name);
    (of("name"), of("language").and_then(Element::text))
}

/// The sitemaps of a sitemap index, as far as an error names them.
#[derive(Debug, Default)]
pub struct SitemapIndex(Vec<String>);

impl SitemapIndex {
    pub fn add(&mut self, sitemap: &Element) {
        let address = sitemap.child(Sitemap, "loc").and_then(Element::text).map(|loc| sitemap.resolve(&loc));
        // As a URL it is ASCII: it will stand in a terminal and in a log.
        let url = address.filter(|loc| loc.len() <= MAX_NAMED).and_then(|loc| Url::parse(&loc).ok());
        self.0.extend(url.filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from));
    }

    pub fn is_told(&self) -> bool {
        self.0.len() > NAMED
    }

    pub fn error(self) -> ParseError {
        let more = if self.is_told() { " and others" } else { "" };
        let named: Vec<String> = self.0.into_iter().take(NAMED).collect();
        if named.is_empty() {
            return ParseError::EmptySitemapIndex;
        }
        ParseError::SitemapIndex(format!("{}{more}", named.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use crate::feeds::{Feed, Format, ParseError, clean, parse};

    const NEWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="//harmattan.example/main-sitemap.xsl"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
    xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <loc>https://harmattan.example/2026/11/26/port-strike/?utm_source=news</loc>
    <lastmod>2026-11-26T10:15:00+00:00</lastmod>
    <news:news>
      <news:publication><news:name>The Harmattan</news:name><news:language>en</news:language></news:publication>
      <news:publication_date>2026-11-26T08:02:11+00:00</news:publication_date>
      <news:title><![CDATA[Tema’s dockers & the port: “We stay”]]></news:title>
      <news:keywords>ports, strikes</news:keywords>
    </news:news>
    <image:image><image:loc>https://harmattan.example/i/port.jpg</image:loc><image:title>The gate</image:title>
      <image:caption>Dockers at the gate on Tuesday</image:caption></image:image>
    <image:image><image:loc>https://harmattan.example/i/second.jpg</image:loc></image:image>
  </url>
  <url>
    <loc>https://harmattan.example/about</loc><changefreq>monthly</changefreq><priority>0.3</priority>
  </url>
  <url><loc>https://harmattan.example/cocoa</loc><news:news><news:publication_date>2026-11-25</news:publication_date>
      <news:title>Cocoa &amp;amp; its price</news:title></news:news></url>
</urlset>"#;

    fn read(text: &str) -> Result<Feed, ParseError> {
        parse(text.as_bytes(), None, Some(&"https://harmattan.example/sitemaps/news.xml".parse().unwrap()))
    }

    #[test]
    fn a_news_sitemap_is_a_feed() {
        let feed = read(NEWS).unwrap();
        assert_eq!((feed.format, feed.language.as_deref()), (Format::NewsSitemap, Some("en")));
        assert_eq!(feed.title.unwrap().value, "The Harmattan");
        let now = "2026-11-26T12:00:00Z".parse().unwrap();
        let stories: Vec<_> = feed.entries.iter().map(|entry| clean(entry, now)).collect();
        let port = stories[0].as_ref().unwrap();
        assert_eq!(port.url.as_str(), "https://harmattan.example/2026/11/26/port-strike/");
        assert_eq!(port.headline, "Tema’s dockers & the port: “We stay”");
        assert_eq!(port.published_at, "2026-11-26T08:02:11Z".parse().ok());
        assert_eq!(port.updated_at, "2026-11-26T10:15:00Z".parse().ok());
        assert_eq!((port.section.as_deref(), port.tags.len()), (None, 0));
        let image = port.image.as_ref().unwrap();
        assert_eq!(image.url, "https://harmattan.example/i/port.jpg");
        assert_eq!(
            (image.alt.as_deref(), image.caption.as_deref()),
            (Some("The gate"), Some("Dockers at the gate on Tuesday"))
        );
        assert_eq!(stories[1].as_ref().unwrap_err().to_string(), "it has neither title nor text");
        let cocoa = stories[2].as_ref().unwrap();
        assert_eq!(
            (cocoa.headline.as_str(), cocoa.published_at),
            ("Cocoa & its price", "2026-11-25T00:00:00Z".parse().ok())
        );
    }

    #[test]
    fn salvages_what_is_broken_and_needs_no_namespaces() {
        let bare = "<urlset><url><loc>/a</loc><news:news><news:title>A</news:title></news:news>\
                    <url><loc>/b</loc><news:news><news:title>B</news:title></news:news></url><url><loc>/c";
        let feed = read(bare).unwrap();
        let told: Vec<_> = feed.entries.iter().map(|entry| entry.url.as_deref().unwrap()).collect();
        assert_eq!(told, ["https://harmattan.example/a", "https://harmattan.example/b"]);
        let prefixed = r#"<s:urlset xmlns:s="http://www.google.com/schemas/sitemap/0.84" xmlns:n="https://www.google.com/schemas/sitemap-news/0.9/">
            <s:url><s:loc>https://harmattan.example/a</s:loc><n:news><n:title>A</n:title></n:news></s:url></s:urlset>"#;
        assert_eq!(read(prefixed).unwrap().entries[0].title.as_ref().unwrap().value, "A");
        // A quiet weekend.
        assert_eq!(read("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>").unwrap().entries, []);
        // The address of a picture in RSS is no entry.
        let rss = read("<rss><item><title>a</title><image><url>/i.png</url></image></item></rss>").unwrap();
        assert_eq!((rss.format, rss.entries.len()), (Format::Rss, 1));
    }

    #[test]
    fn says_which_sitemap_to_write_instead() {
        let index = |many: usize| {
            let child = |n| format!("<sitemap><loc>https://harmattan.example/news-{n}.xml</loc></sitemap>");
            let children: String = (1..=many).map(child).collect();
            format!(r#"<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{children}</sitemapindex>"#)
        };
        let error = |text: &str| read(text).unwrap_err().to_string();
        let one = "it is a sitemap index; write the address of the news sitemap it names: https://harmattan.example/news-1.xml";
        assert_eq!(error(&index(1)), one);
        assert_eq!(
            error(&index(5000)),
            format!("{one}, https://harmattan.example/news-2.xml, https://harmattan.example/news-3.xml and others")
        );
        assert_eq!(error(&index(0)), "it is a sitemap index that names no sitemap; look for the site's news sitemap");
        let hidden =
            "<sitemapindex><sitemap><loc>javascript:alert(1)</loc></sitemap><sitemap><loc>/\u{1b}[2Jx</loc></sitemap>";
        let told = error(hidden);
        assert!(told.contains("it names: https://harmattan.example/"), "{told}");
        assert!(!told.contains('\u{1b}') && !told.contains("script"), "{told}");
        let plain = "<urlset><url><loc>https://harmattan.example/about</loc></url></urlset>";
        assert_eq!(error(plain), "it is a sitemap without headlines (news:title); look for the site's news sitemap");
    }
}
