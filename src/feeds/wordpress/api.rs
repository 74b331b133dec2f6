//! The REST API of a WordPress site (`wp/v2`): where it is, and what its posts say.

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::header::{HeaderMap, LINK};
use serde_json::Value;
use url::Url;

use crate::feeds::charset::decode;
use crate::feeds::date::parse_date;
use crate::feeds::html::{paragraphs, sanitised};
use crate::feeds::tags::{Part, parts};
use crate::feeds::{Author, Entry, Image, Text};

/// Posts of one request: the most the API gives.
const A_PAGE: usize = 100;
/// What the link to the API is marked with, in the header and on the page.
const RELATION: &str = "https://api.w.org/";

/// A page of posts.
#[derive(Debug)]
pub struct Posts {
    /// Each with what it is called, or what it was left out as.
    pub posts: Vec<Result<(String, Entry), String>>,
    /// How many pages there are, where the site says; else whether there may be another is all that is known.
    pub pages: Option<usize>,
    pub may_go_on: bool,
}

/// Where a site has its API: by the header of its page, by a link in it, else at the usual place.
pub fn api_of(site: &Url, headers: &HeaderMap, page: &[u8]) -> Url {
    let in_headers = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok()).find_map(linked);
    let found = in_headers.or_else(|| on_page(&decode(page, None)));
    let url = found.and_then(|url| site.join(&url).ok()).filter(|url| matches!(url.scheme(), "http" | "https"));
    url.or_else(|| site.join("/wp-json/").ok()).unwrap_or_else(|| site.clone())
}

/// `<https://example.org/wp-json/>; rel="https://api.w.org/"`, among others.
fn linked(header: &str) -> Option<String> {
    let link = header.split('<').find(|link| link.contains(RELATION) && link.contains('>'))?;
    let (url, parameters) = link.split_once('>')?;
    parameters.contains(RELATION).then(|| url.to_owned())
}

fn on_page(html: &str) -> Option<String> {
    let mut links = parts(html).filter_map(|part| match part {
        Part::Start(tag) if tag.name.eq_ignore_ascii_case("link") && tag.attributes.contains(RELATION) => Some(tag),
        _ => None,
    });
    let (_, value) = links.next()?.attributes.split_once("href=")?;
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Some(value[1..].split(quote).next()?.replace("&amp;", "&").replace("&#038;", "&"))
}

/// The address of a page of posts, the oldest first, so that none moves while they are read.
pub fn posts_url(api: &Url, page: usize, since: Option<DateTime<Utc>>) -> Url {
    let mut url = api.clone();
    // Without permalinks the route is a parameter.
    let route = api.query_pairs().find(|(name, _)| name == "rest_route").map(|(_, route)| route.into_owned());
    match &route {
        Some(route) => {
            url.set_query(None);
            url.query_pairs_mut().append_pair("rest_route", &format!("{}/wp/v2/posts", route.trim_end_matches('/')));
        }
        None => url.set_path(&format!("{}/wp/v2/posts", api.path().trim_end_matches('/'))),
    }
    let mut query = url.query_pairs_mut();
    query.append_pair("per_page", &A_PAGE.to_string()).append_pair("page", &page.to_string());
    query.append_pair("orderby", "date").append_pair("order", "asc");
    query.append_pair("_embed", "author,wp:featuredmedia,wp:term");
    if let Some(since) = since {
        // The site takes the time for its own, which is no further off than a day; what is too early is left out here.
        let from = since - chrono::TimeDelta::days(1);
        query.append_pair("after", from.to_rfc3339_opts(SecondsFormat::Secs, true).trim_end_matches('Z'));
    }
    drop(query);
    url
}

/// Reads an answer of the API; the error says why it holds no posts.
pub fn read_posts(bytes: &[u8], headers: &HeaderMap) -> Result<Posts, String> {
    let text = decode(bytes, Some("application/json; charset=utf-8"));
    // A broken plugin prints its notices before everything else.
    let start = text.find("[{").or_else(|| text.find("[]")).ok_or("it answered no list of posts")?;
    let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Vec<Value>>();
    let posts = match values.next() {
        Some(Ok(posts)) => posts,
        Some(Err(error)) => return Err(format!("its list of posts is broken JSON, {error}")),
        None => return Err("it answered no list of posts".to_owned()),
    };
    let pages = headers.get("x-wp-totalpages").and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Ok(Posts { may_go_on: posts.len() >= A_PAGE, pages, posts: posts.iter().map(read_post).collect() })
}

fn read_post(post: &Value) -> Result<(String, Entry), String> {
    let text = |name: &str| post.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let rendered = |name: &str| post[name]["rendered"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    if post["type"].as_str().is_some_and(|kind| kind != "post") {
        return Err("items that are no posts".to_owned());
    }
    if post["status"].as_str().is_some_and(|status| status != "publish") {
        return Err("posts that are not published".to_owned());
    }
    if post["content"]["protected"].as_bool() == Some(true) {
        return Err("posts with a password".to_owned());
    }
    let moment = |gmt: &str, local: &str| text(gmt).or_else(|| text(local)).and_then(|text| parse_date(&text));
    let embedded = &post["_embedded"];
    let authors = embedded["author"].as_array().into_iter().flatten().filter_map(|author| author["name"].as_str());
    let name = post["id"].as_u64().map(|id| format!("post {id}")).or_else(|| rendered("title"));
    let entry = Entry {
        guid: rendered("guid"),
        url: text("link"),
        title: rendered("title").map(Text::html),
        authors: authors.map(|name| Author { name: Some(name.to_owned()), ..Author::default() }).collect(),
        published: moment("date_gmt", "date"),
        updated: moment("modified_gmt", "modified"),
        summary: rendered("excerpt").map(Text::html),
        content: rendered("content").map(Text::html),
        image: picture(&embedded["wp:featuredmedia"][0]),
        tags: terms(&embedded["wp:term"]),
        // The API would tell them one by one.
        comments: None,
    };
    Ok((name.unwrap_or_else(|| "a post".to_owned()), entry))
}

fn terms(of_all: &Value) -> Vec<String> {
    let of = |taxonomy: &'static str| {
        let all = of_all.as_array().into_iter().flatten().flat_map(|list| list.as_array().into_iter().flatten());
        all.filter(move |term| term["taxonomy"] == taxonomy).filter_map(|term| term["name"].as_str())
    };
    of("category").chain(of("post_tag")).map(plain).take(50).collect()
}

fn picture(media: &Value) -> Option<Image> {
    let url = media["source_url"].as_str()?.to_owned();
    let pixels = |name: &str| media["media_details"][name].as_u64().and_then(|pixels| u32::try_from(pixels).ok());
    let filled = |text: Option<&str>| Some(plain(text?)).filter(|text| !text.is_empty());
    Some(Image {
        url,
        width: pixels("width"),
        height: pixels("height"),
        alt: filled(media["alt_text"].as_str()),
        caption: filled(media["caption"]["rendered"].as_str()),
        credit: None,
    })
}

/// Names and captions are HTML in WordPress.
pub fn plain(html: &str) -> String {
    Url::parse("https://localhost/").map(|base| paragraphs(&sanitised(html, &base)).join(" ")).unwrap_or_default()
}
