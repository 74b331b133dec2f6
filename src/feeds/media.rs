//! The picture a feed names for an entry, out of the many places where it may.

use super::Image;
use super::element::Element;
use super::vocabulary::Vocabulary::{Core, Itunes, Media};

/// Picks the picture: the largest of Media RSS, its thumbnail, a picture enclosure, iTunes, RSS's own `image`.
///
/// Caption and credit come from Media RSS, from beside the picture or from the entry.
pub fn read_image(entry: &Element) -> Option<Image> {
    let contents = media_contents(entry);
    // The first of the largest, for the first is the one the publisher means.
    let largest = contents.iter().rev().filter_map(|holders| Some((media_image(holders[0])?, holders)));
    let from_content = largest.max_by_key(|(image, _)| image.width.unwrap_or(0));
    let (mut image, holders) = match from_content {
        Some((image, holders)) => (image, holders.clone()),
        None => (thumbnail(entry, &contents).or_else(|| other_image(entry))?, vec![entry]),
    };
    let described = |name| holders.iter().find_map(|holder| holder.child(Media, name)?.text());
    image.caption = described("description").or_else(|| described("text"));
    image.credit = described("credit").or_else(|| described("copyright"));
    Some(image)
}

/// Every `media:content`, each followed by what it stands in, innermost first.
fn media_contents(entry: &Element) -> Vec<Vec<&Element>> {
    let mut contents = Vec::new();
    for child in entry.elements() {
        if child.is(Media, "content") {
            contents.push(vec![child, entry]);
        } else if child.is(Media, "group") {
            contents.extend(child.elements().filter(|e| e.is(Media, "content")).map(|e| vec![e, child, entry]));
        }
    }
    contents
}

fn media_image(content: &Element) -> Option<Image> {
    let url = content.attribute("url")?;
    let is_image = match (content.attribute("medium"), content.attribute("type")) {
        (Some(medium), _) => medium == "image",
        (None, Some(kind)) => kind.starts_with("image/"),
        (None, None) => has_image_extension(url),
    };
    // WordPress names the author's portrait as the picture of everything they write.
    if !is_image || url.contains("gravatar.com/avatar") {
        return None;
    }
    Some(sized_image(content, url))
}

fn thumbnail(entry: &Element, contents: &[Vec<&Element>]) -> Option<Image> {
    let groups = entry.elements().filter(|child| child.is(Media, "group"));
    let holders = std::iter::once(entry).chain(groups).chain(contents.iter().map(|holders| holders[0]));
    let thumbnails = holders.flat_map(|holder| holder.elements().filter(|child| child.is(Media, "thumbnail")));
    thumbnails.map(|element| Some(sized_image(element, element.attribute("url")?))).find_map(|image| image)
}

fn other_image(entry: &Element) -> Option<Image> {
    let enclosure = entry.elements().find_map(|child| {
        let is_enclosure = child.is(Core, "enclosure")
            || (child.is(Core, "link")
                && child.attribute("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("enclosure")));
        let url = child.attribute("url").or_else(|| child.attribute("href")).filter(|_| is_enclosure)?;
        let is_image =
            child.attribute("type").map_or_else(|| has_image_extension(url), |kind| kind.starts_with("image/"));
        is_image.then(|| sized_image(child, url))
    });
    let itunes = || {
        let element = entry.child(Itunes, "image")?;
        Some(sized_image(element, element.attribute("href")?))
    };
    let own = || {
        let element = entry.child(Core, "image")?;
        let url = element.child(Core, "url").map_or_else(|| element.text(), Element::text);
        let url = url.or_else(|| element.attribute("href").map(str::to_owned))?;
        let is_url = url.starts_with("http") || has_image_extension(&url);
        is_url.then(|| sized_image(element, &url))
    };
    enclosure.or_else(itunes).or_else(own)
}

fn sized_image(element: &Element, url: &str) -> Image {
    let pixels = |name| element.attribute(name).and_then(|value| value.trim_end_matches("px").parse().ok());
    Image {
        url: element.resolve(url),
        width: pixels("width").filter(|&width| width > 0),
        height: pixels("height").filter(|&height| height > 0),
        ..Image::default()
    }
}

fn has_image_extension(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url).to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"].iter().any(|extension| path.ends_with(extension))
}
