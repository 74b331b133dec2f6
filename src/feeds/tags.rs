//! HTML cut into text and tags, exactly where a browser cuts it (WHATWG HTML §13.2.5); no tree is built.

/// A part of an HTML text. Put together again in order, the parts are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'h> {
    /// References unresolved; a `<` in it starts no tag.
    Text(&'h str),
    Start(Tag<'h>),
    End(Tag<'h>),
    /// Comments, declarations, processing instructions, the inside of scripts and their like, and what follows a tag
    /// that does not end.
    Hidden(&'h str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag<'h> {
    /// As written.
    pub name: &'h str,
    /// What stands between the name and the `>`.
    pub attributes: &'h str,
    /// All of it, angle brackets included.
    pub source: &'h str,
}

/// Cuts HTML into its parts, in time linear in its length.
pub fn parts(html: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = html;
    let mut opaque = None;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((inside, after)) = opaque.take().map(|name| rest.split_at(end_of_opaque(rest, name)))
            && !inside.is_empty()
        {
            rest = after;
            return Some(Part::Hidden(inside));
        }
        let start = markup_start(rest);
        if start > 0 {
            let (text, after) = rest.split_at(start);
            rest = after;
            return Some(Part::Text(text));
        }
        let (part, length) = read_markup(rest);
        rest = &rest[length..];
        if let Part::Start(tag) = part {
            opaque = Some(tag.name).filter(|name| is_opaque(name));
        }
        Some(part)
    })
}

/// Elements that hold text up to their end tag, whatever it looks like.
pub fn is_opaque(name: &str) -> bool {
    let names =
        ["iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea", "title", "xmp"];
    names.iter().any(|opaque| name.eq_ignore_ascii_case(opaque))
}

fn end_of_opaque(html: &str, name: &str) -> usize {
    let ends = |at: &usize| html.get(at + 2..at + 2 + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
    html.match_indices("</").map(|(at, _)| at).find(ends).unwrap_or(html.len())
}

/// Where the first `<` is that starts markup, else the length.
fn markup_start(html: &str) -> usize {
    let starts = |at: &usize| {
        let mut after = html[at + 1..].chars();
        match after.next() {
            Some('/') => after.next().is_some(),
            Some('!') => is_declaration(after.as_str()),
            Some('?') => true,
            Some(c) => c.is_ascii_alphabetic(),
            None => false,
        }
    };
    html.match_indices('<').map(|(at, _)| at).find(starts).unwrap_or(html.len())
}

fn is_declaration(after_bang: &str) -> bool {
    after_bang.starts_with("--") || after_bang.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("doctype"))
}

fn read_markup(html: &str) -> (Part<'_>, usize) {
    let (is_end, after) = html[1..].strip_prefix('/').map_or((false, &html[1..]), |after| (true, after));
    if !after.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let end =
            if html.starts_with("<!--") { html.find("-->").map(|at| at + 3) } else { html.find('>').map(|at| at + 1) };
        let end = end.unwrap_or(html.len());
        return (Part::Hidden(&html[..end]), end);
    }
    let Some(end) = tag_end(after) else { return (Part::Hidden(html), html.len()) };
    let inside = &after[..end];
    let (name, attributes) = inside.split_at(inside.find(|c: char| is_blank(c) || c == '/').unwrap_or(inside.len()));
    let length = html.len() - after.len() + end + 1;
    let tag = Tag { name, attributes, source: &html[..length] };
    (if is_end { Part::End(tag) } else { Part::Start(tag) }, length)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

/// Where the `>` of a tag is. A quote hides one only where it opens the value of an attribute.
fn tag_end(tag: &str) -> Option<usize> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        Outside,
        Name,
        AfterName,
        BeforeValue,
        Unquoted,
        Quoted(char),
    }
    // The name of the tag ends like an unquoted value: at a blank, a slash or the end.
    let mut state = State::Unquoted;
    let mut is_tag_name = true;
    for (at, c) in tag.char_indices() {
        state = match (state, c) {
            (State::Quoted(quote), c) if c == quote => State::Outside,
            (State::Quoted(quote), _) => State::Quoted(quote),
            (_, '>') => return Some(at),
            (State::BeforeValue, '"' | '\'') => State::Quoted(c),
            (State::BeforeValue, c) if is_blank(c) => State::BeforeValue,
            (State::BeforeValue, _) => State::Unquoted,
            (State::Unquoted, c) if is_blank(c) || (is_tag_name && c == '/') => State::Outside,
            (State::Unquoted, _) => State::Unquoted,
            (State::Name | State::AfterName, '=') => State::BeforeValue,
            (State::Name, c) if is_blank(c) => State::AfterName,
            (State::AfterName, c) if is_blank(c) => State::AfterName,
            (State::Outside, c) if is_blank(c) => State::Outside,
            (State::Outside | State::Name | State::AfterName, '/') => State::Outside,
            // An equals sign that follows no name begins one.
            (State::Outside | State::Name | State::AfterName, _) => State::Name,
        };
        is_tag_name = is_tag_name && state == State::Unquoted;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(html: &str) -> Vec<&str> {
        let source = |part| match part {
            Part::Text(source) | Part::Hidden(source) => source,
            Part::Start(tag) | Part::End(tag) => tag.source,
        };
        parts(html).map(source).collect()
    }

    #[test]
    fn cuts_where_browsers_cut() {
        for (html, expected) in [
            ("a<b>c</b>", vec!["a", "<b>", "c", "</b>"]),
            ("1 < 2 <3 <!x <", vec!["1 < 2 <3 <!x <"]),
            (r#"<a title="x > y">z"#, vec![r#"<a title="x > y">"#, "z"]),
            (r#"<a "><b>"#, vec![r#"<a ">"#, "<b>"]),
            (r#"<a b="c"=">d"#, vec![r#"<a b="c"=">"#, "d"]),
            (r#"<a b = 'c>'>d"#, vec![r#"<a b = 'c>'>"#, "d"]),
            (r#"<a b=c"d>e"#, vec![r#"<a b=c"d>"#, "e"]),
            ("<!-- <b> --><?x?></ y>z", vec!["<!-- <b> -->", "<?x?>", "</ y>", "z"]),
            ("a<b c", vec!["a", "<b c"]),
            ("<br/>é<Ã>", vec!["<br/>", "é<Ã>"]),
            ("<Script>a<b c='</script>d", vec!["<Script>", "a<b c='", "</script>", "d"]),
            ("<style>a", vec!["<style>", "a"]),
        ] {
            assert_eq!(sources(html), expected, "{html}");
        }
    }

    #[test]
    fn names_tags_as_written() {
        let Some(Part::Start(tag)) = parts("<IMG/src=x />").next() else { panic!("no tag") };
        assert_eq!((tag.name, tag.attributes), ("IMG", "/src=x /"));
    }
}
