//! An export cut into its authors and items, however long it is: one of them is in memory at a time.
//!
//! What stands in CDATA or in a comment is never taken for a tag. Readers write comments, and they are in the export: a
//! `</item><item>` of theirs makes no story.

use std::io::{self, BufRead};

/// Longest author or item that is kept, in bytes, without its readers' comments. Of what is longer the end is found.
const MAX_PIECE: usize = 16 * 1024 * 1024;
/// How far into the file its first element is looked for; what a broken plugin printed may stand before it.
const MAX_BEFORE_ROOT: u64 = 1024 * 1024;

/// A part of an export. The bytes are from its start tag to its end tag.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Author(Vec<u8>),
    Item(Vec<u8>),
    /// Of an item, and before it.
    Comment(Vec<u8>),
    /// An author or item of more than [`MAX_PIECE`].
    TooLong,
    /// The file ends within it.
    CutOff,
}

/// Cuts an export.
pub struct Pieces<R> {
    bytes: R,
    /// The start tag of the root, as it stands there.
    pub root: Vec<u8>,
    kept: Vec<u8>,
    is_too_long: bool,
    /// The author or item that is being read.
    inside: Option<Kind>,
    /// Where in `kept` a reader's comment begins.
    comment_at: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Author,
    Item,
}

/// What was read last.
enum Token {
    /// With where it begins in `kept`.
    Tag {
        name: String,
        is_end: bool,
        is_empty: bool,
        start: usize,
    },
    Other,
    End,
}

impl<R: BufRead> Pieces<R> {
    /// Reads on to the root element of an RSS file; `None` where there is none.
    pub fn open(bytes: R) -> io::Result<Option<Self>> {
        let mut pieces =
            Self { bytes, root: Vec::new(), kept: Vec::new(), is_too_long: false, inside: None, comment_at: None };
        let mut before = 0;
        while before < MAX_BEFORE_ROOT {
            pieces.kept.clear();
            match pieces.token()? {
                Token::End => return Ok(None),
                Token::Tag { name, is_end: false, start, .. } if name == "rss" => {
                    pieces.root = pieces.kept.split_off(start);
                    return Ok(Some(pieces));
                }
                Token::Tag { .. } | Token::Other => before += pieces.kept.len().max(1) as u64,
            }
        }
        Ok(None)
    }

    /// The next piece; `None` at the end of the file.
    pub fn next_piece(&mut self) -> io::Result<Option<Piece>> {
        loop {
            if self.inside.is_none() {
                self.kept.clear();
                self.is_too_long = false;
            }
            match self.token()? {
                Token::End => {
                    let was_inside = self.inside.take().is_some();
                    return Ok(was_inside.then_some(Piece::CutOff));
                }
                Token::Other => {}
                Token::Tag { name, is_end, is_empty, start } => {
                    if let Some(piece) = self.tag(&name, is_end, is_empty, start) {
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }

    fn tag(&mut self, name: &str, is_end: bool, is_empty: bool, start: usize) -> Option<Piece> {
        let kind = match name {
            "item" => Kind::Item,
            "wp:author" => Kind::Author,
            "wp:comment" if self.inside == Some(Kind::Item) => {
                if is_end {
                    return self.end_comment();
                }
                self.comment_at = Some(start).filter(|_| !is_empty);
                return None;
            }
            _ => return None,
        };
        match (is_end, self.inside) {
            (true, Some(open)) if open == kind => {
                self.inside = None;
                Some(self.whole(kind))
            }
            // One without an end is ended by the next.
            (false, Some(open)) if !is_empty => {
                // Of what was too long not even that tag was kept.
                let next = if self.is_too_long { format!("<{name}>").into_bytes() } else { self.kept.split_off(start) };
                let ended = self.whole(open);
                (self.kept, self.inside) = (next, Some(kind));
                Some(ended)
            }
            (false, None) if !is_empty => {
                self.inside = Some(kind);
                None
            }
            _ => None,
        }
    }

    fn end_comment(&mut self) -> Option<Piece> {
        let at = self.comment_at.take()?;
        // However many there are, they cost the item nothing.
        (!self.is_too_long && at <= self.kept.len()).then(|| Piece::Comment(self.kept.split_off(at)))
    }

    fn whole(&mut self, kind: Kind) -> Piece {
        self.comment_at = None;
        let bytes = std::mem::take(&mut self.kept);
        match kind {
            _ if std::mem::take(&mut self.is_too_long) => Piece::TooLong,
            Kind::Author => Piece::Author(bytes),
            Kind::Item => Piece::Item(bytes),
        }
    }

    /// Reads text up to the next tag, or a tag, a comment or CDATA to its end.
    fn token(&mut self) -> io::Result<Token> {
        match self.peek()? {
            None => return Ok(Token::End),
            Some(b'<') => {}
            Some(_) => {
                self.keep_to(b'<', false)?;
                return Ok(Token::Other);
            }
        }
        let start = self.kept.len();
        let head = self.head()?;
        let until: Option<&[u8]> = match head.as_slice() {
            b"<![CDATA[" => Some(b"]]>"),
            b"<!--" => Some(b"-->"),
            b"<?" => Some(b"?>"),
            _ => None,
        };
        if let Some(end) = until {
            self.keep_through(end)?;
            return Ok(Token::Other);
        }
        self.keep_to(b'>', true)?;
        let is_end = head.get(1) == Some(&b'/');
        let name = head.get(if is_end { 2 } else { 1 }..).unwrap_or_default();
        let length = name.iter().position(|b| b.is_ascii_whitespace() || *b == b'/').unwrap_or(name.len());
        let name = String::from_utf8_lossy(&name[..length]).to_ascii_lowercase();
        let is_empty = self.kept.len() > start && self.kept.ends_with(b"/>");
        Ok(Token::Tag { name, is_end, is_empty, start })
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.bytes.fill_buf()?.first().copied())
    }

    /// Keeps the first bytes of a tag, enough to tell what it is, but not its `>`.
    fn head(&mut self) -> io::Result<Vec<u8>> {
        /// Longer than every name that is looked for, and its end tag.
        const LONGEST: usize = 16;
        let mut head = Vec::with_capacity(LONGEST);
        while head.len() < LONGEST {
            let Some(byte) = self.peek()?.filter(|byte| *byte != b'>') else { break };
            self.bytes.consume(1);
            head.push(byte);
            if matches!(head.as_slice(), b"<![CDATA[" | b"<!--" | b"<?") {
                break;
            }
        }
        self.keep(&head);
        Ok(head)
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.is_too_long |= self.kept.len() + bytes.len() > MAX_PIECE;
        if !self.is_too_long {
            self.kept.extend_from_slice(bytes);
        }
    }

    /// Keeps up to a byte, with it or without, or up to the end of the file.
    fn keep_to(&mut self, end: u8, is_included: bool) -> io::Result<()> {
        loop {
            let buffer = self.bytes.fill_buf()?;
            let found = buffer.iter().position(|byte| *byte == end);
            let length = found.map_or(buffer.len(), |at| at + usize::from(is_included));
            self.is_too_long |= self.kept.len() + length > MAX_PIECE;
            if !self.is_too_long {
                self.kept.extend_from_slice(&buffer[..length]);
            }
            let is_over = buffer.is_empty();
            self.bytes.consume(length);
            if is_over || found.is_some() {
                return Ok(());
            }
        }
    }

    /// Keeps up to and with a mark, which ends with its only `>`, or up to the end of the file.
    fn keep_through(&mut self, mark: &[u8]) -> io::Result<()> {
        let mut before: Vec<u8> = Vec::new();
        loop {
            let buffer = self.bytes.fill_buf()?;
            if buffer.is_empty() {
                return Ok(());
            }
            let found = buffer.iter().position(|byte| *byte == b'>');
            let length = found.map_or(buffer.len(), |at| at + 1);
            before.extend_from_slice(&buffer[length.saturating_sub(mark.len())..length]);
            before.drain(..before.len().saturating_sub(mark.len()));
            self.is_too_long |= self.kept.len() + length > MAX_PIECE;
            if !self.is_too_long {
                self.kept.extend_from_slice(&buffer[..length]);
            }
            self.bytes.consume(length);
            if found.is_some() && before == mark {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Read in parts of this many bytes, as from a slow disk.
    fn cut(export: &str, at_once: usize) -> Vec<String> {
        let bytes = io::BufReader::with_capacity(at_once, export.as_bytes());
        let mut pieces = Pieces::open(bytes).unwrap().expect("no root");
        let mut all = vec![String::from_utf8(pieces.root.clone()).unwrap()];
        while let Some(piece) = pieces.next_piece().unwrap() {
            let (kind, bytes) = match piece {
                Piece::Author(bytes) => ("author ", bytes),
                Piece::Item(bytes) => ("item ", bytes),
                Piece::Comment(bytes) => ("comment ", bytes),
                Piece::TooLong => ("too long", Vec::new()),
                Piece::CutOff => ("cut off", Vec::new()),
            };
            all.push(format!("{kind}{}", String::from_utf8(bytes).unwrap()));
        }
        all
    }

    #[test]
    fn cuts_at_tags_and_at_nothing_that_looks_like_one() {
        for (export, expected) in [
            (
                "<b>Notice</b><?xml version='1.0'?><!-- <rss> --><rss a='b'><channel><wp:author>A</wp:author><item>1</item>",
                vec!["<rss a='b'>", "author <wp:author>A</wp:author>", "item <item>1</item>"],
            ),
            (
                "<rss><item><![CDATA[a]]]]><![CDATA[></item><item>]]></item>",
                vec!["<rss>", "item <item><![CDATA[a]]]]><![CDATA[></item><item>]]></item>"],
            ),
            (
                "<rss><item>a<wp:comment><![CDATA[</wp:comment></item><item>]]></wp:comment>b</item>",
                vec![
                    "<rss>",
                    "comment <wp:comment><![CDATA[</wp:comment></item><item>]]></wp:comment>",
                    "item <item>ab</item>",
                ],
            ),
            (
                "<rss><item/><item>a<Item b>c</ITEM ></item><items><wp:author_id></items>",
                vec!["<rss>", "item <item>a", "item <Item b>c</ITEM >"],
            ),
            ("<rss><item>a</item><item><![CDATA[b</item>", vec!["<rss>", "item <item>a</item>", "cut off"]),
            ("<rss><item", vec!["<rss>", "cut off"]),
            ("<rss>", vec!["<rss>"]),
        ] {
            for at_once in [1, 2, 3, 7, 4_096] {
                assert_eq!(cut(export, at_once), expected, "{at_once}: {export}");
            }
        }
    }

    #[test]
    fn what_is_too_long_costs_itself() {
        let export = format!("<rss><item>{}<item>b</item><item>c</item></rss>", "a".repeat(MAX_PIECE));
        assert_eq!(cut(&export, 65_536), ["<rss>", "too long", "item <item>b</item>", "item <item>c</item>"]);
    }
}
