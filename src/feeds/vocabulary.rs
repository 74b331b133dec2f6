//! Which vocabulary an element belongs to: namespaces, as feeds write them.

/// The vocabularies griot understands; everything else is [`Vocabulary::Foreign`] and passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// RSS of any version, Atom, CDF, and elements without a namespace.
    Core,
    Rdf,
    DublinCore,
    DcTerms,
    Content,
    Media,
    Itunes,
    Slash,
    Thread,
    Xhtml,
    Sitemap,
    /// Google's sitemap-news.
    News,
    /// Google's sitemap-image.
    SitemapImage,
    /// What WordPress adds to RSS in its exports.
    WordPress,
    WordPressExcerpt,
    Foreign,
}

impl Vocabulary {
    /// By namespace name. Scheme, case, and a slash or hash at the end differ in the wild.
    pub fn of_namespace(uri: &str) -> Self {
        let uri = uri.trim().to_ascii_lowercase();
        let uri = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://")).unwrap_or(&uri);
        match uri.trim_end_matches(['/', '#']) {
            "" => Self::Core,
            "purl.org/rss/1.0" | "my.netscape.com/rdf/simple/0.9" | "channel.netscape.com/rdf/simple/0.9" => Self::Core,
            "backend.userland.com/rss" | "backend.userland.com/rss2" | "blogs.law.harvard.edu/tech/rss" => Self::Core,
            "my.netscape.com/publish/formats/rss-0.91.dtd" | "cyber.law.harvard.edu/rss" => Self::Core,
            "www.w3.org/2005/atom" | "purl.org/atom/ns" => Self::Core,
            "www.w3.org/1999/02/22-rdf-syntax-ns" => Self::Rdf,
            "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" => Self::DublinCore,
            "purl.org/dc/terms" => Self::DcTerms,
            "purl.org/rss/1.0/modules/content" => Self::Content,
            "search.yahoo.com/mrss" | "search.yahoo.com/mrss/1.0" => Self::Media,
            "www.itunes.com/dtds/podcast-1.0.dtd" => Self::Itunes,
            "purl.org/rss/1.0/modules/slash" => Self::Slash,
            "purl.org/syndication/thread/1.0" => Self::Thread,
            "www.w3.org/1999/xhtml" => Self::Xhtml,
            "www.sitemaps.org/schemas/sitemap/0.9" | "www.google.com/schemas/sitemap/0.84" => Self::Sitemap,
            "www.google.com/schemas/sitemap-news/0.9" => Self::News,
            "www.google.com/schemas/sitemap-image/1.1" => Self::SitemapImage,
            other if other.starts_with("wordpress.org/export/") => {
                if other.ends_with("/excerpt") {
                    Self::WordPressExcerpt
                } else {
                    Self::WordPress
                }
            }
            other if other.starts_with("purl.org/atom/ns") || other.starts_with("purl.org/net/rss1.1") => Self::Core,
            _ => Self::Foreign,
        }
    }

    /// By the customary prefix, for feeds that forget to declare it.
    pub fn of_prefix(prefix: &str) -> Self {
        match prefix {
            "" | "rss" | "atom" | "a10" => Self::Core,
            "rdf" => Self::Rdf,
            "dc" => Self::DublinCore,
            "dcterms" => Self::DcTerms,
            "content" => Self::Content,
            "media" => Self::Media,
            "itunes" => Self::Itunes,
            "slash" => Self::Slash,
            "thr" => Self::Thread,
            "xhtml" => Self::Xhtml,
            "news" => Self::News,
            "image" => Self::SitemapImage,
            "wp" => Self::WordPress,
            "excerpt" => Self::WordPressExcerpt,
            _ => Self::Foreign,
        }
    }
}
