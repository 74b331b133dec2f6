//! The sources of griot's own templates, as a publisher may replace them. To add one: a line here.

macro_rules! sources {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../templates/", $name))),)*]
    };
}

const SOURCES: &[(&str, &str)] = sources! {
    "brief/body.html"
    "brief/body.txt"
    "brief/online_head.html"
    "brief/opened.html"
    "brief/row.html"
    "brief/subject.txt"
    "confirm/body.html"
    "confirm/body.txt"
    "confirm/subject.txt"
    "goodbye/body.html"
    "goodbye/body.txt"
    "goodbye/subject.txt"
    "letter/body.html"
    "letter/body.txt"
    "letter/subject.txt"
    "message/footer.txt"
    "message/layout.html"
    "notice/body.html"
    "notice/body.txt"
    "notice/subject.txt"
    "pages/archive.html"
    "pages/ask.html"
    "pages/atom.xml"
    "pages/atom_content.html"
    "pages/edition_head.html"
    "pages/edition_navigation.html"
    "pages/found.html"
    "pages/layout.html"
    "pages/left.html"
    "pages/link.html"
    "pages/once_more.html"
    "pages/preferences.html"
    "pages/privacy.html"
    "pages/search_form.html"
    "pages/sign_up.html"
    "pages/sign_up_form.html"
    "pages/sitemap.xml"
    "pages/told.html"
};

/// Name and text of every template that may be replaced, by name.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    SOURCES.iter().copied()
}

/// The text of one.
pub fn of(name: &str) -> Option<&'static str> {
    all().find(|(known, _)| *known == name).map(|(_, text)| text)
}

/// The templates that a text extends, includes or imports, by name.
pub(super) fn references(text: &str) -> impl Iterator<Item = &str> {
    text.split("{%").skip(1).filter_map(|after| {
        let statement = after.split("%}").next()?.trim_start_matches(['-', '+', '~']).trim_start();
        let takes_a_name = ["extends", "include", "import", "from"].iter().any(|word| statement.starts_with(word));
        let quoted = |quote| statement.split(quote).nth(1);
        takes_a_name.then(|| quoted('"').or_else(|| quoted('\'')))?
    })
}
