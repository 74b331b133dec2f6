//! The sources of griot's own templates, as a publisher may replace them. To add one: a line here.

macro_rules! sources {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../templates/", $name))),)*]
    };
}

const SOURCES: &[(&str, &str)] = sources! {
    "brief/body.html"
    "brief/body.txt"
    "brief/row.html"
    "brief/subject.txt"
    "confirm/body.html"
    "confirm/body.txt"
    "confirm/subject.txt"
    "goodbye/body.html"
    "goodbye/body.txt"
    "goodbye/subject.txt"
    "message/footer.txt"
    "message/layout.html"
    "notice/body.html"
    "notice/body.txt"
    "notice/subject.txt"
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Not to be replaced: the demo is nobody's, and the pages are no templates of both engines yet.
    const OTHERS: [&str; 3] = ["demo", "languages", "pages"];

    #[test]
    fn every_template_may_be_replaced() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let mut files = BTreeSet::new();
        for folder in fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
            if OTHERS.iter().any(|other| folder.ends_with(other)) {
                continue;
            }
            for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                files.insert(file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
            }
        }
        let known: BTreeSet<String> = all().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(known, files);
    }

    #[test]
    fn finds_what_a_template_draws_in() {
        let text =
            "{% extends \"a.html\" %}{%- include 'b/c.txt' -%}{% if x %}{{ \"d.html\" }}{% endif %}{%include \"e\"%}";
        assert_eq!(references(text).collect::<Vec<_>>(), ["a.html", "b/c.txt", "e"]);
    }
}
