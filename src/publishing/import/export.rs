//! The files that are handed over, and whose exports they are: one CSV file, or an archive of several.

use std::io::{Chain, Cursor, Read};

use anyhow::{Context, Result, anyhow, bail};

use super::columns::email_of;
use super::formats::Source;
use crate::sheet::{Header, Lines, ZIP, tables};

/// One table, as far as its header.
pub struct Export {
    /// The file's name; of one in an archive, the archive's in front of it.
    pub name: String,
    pub source: Source,
    pub(super) header: Header,
    pub(super) lines: Lines,
}

/// What came of one file.
#[derive(Debug)]
pub struct Opened {
    pub exports: Vec<Export>,
    /// Tables of an archive that are no lists of readers, with the reason.
    pub aside: Vec<(String, String)>,
    pub is_archive: bool,
}

type Begun<R> = Chain<Cursor<Vec<u8>>, R>;

impl Export {
    /// Reads the header of a CSV file and recognises it; an error tells what the file is where it is no text.
    pub fn open(name: &str, bytes: impl Read + Send + 'static) -> Result<Self> {
        let mut lines = Lines::open(bytes)?;
        let header = loop {
            match lines.next()? {
                None => bail!("it is empty; a CSV file begins with the names of its columns, such as `email,name`"),
                // Excel's hint at the delimiter, which is found without it.
                Some(line) if line.text.trim().is_empty() || line.text.starts_with("sep=") => {}
                Some(line) => break line,
            }
        };
        let header = Header::read(&header.text).ok_or_else(|| {
            anyhow!("the first line has a quotation mark in the wrong place; correct the names there")
        })?;
        Ok(Self { name: name.to_owned(), source: Source::recognise(&header), header, lines })
    }
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").field("name", &self.name).field("source", &self.source).finish_non_exhaustive()
    }
}

/// Opens a CSV file or a ZIP archive of them. `from` says whose export it is; else each table is recognised by itself.
///
/// An archive may hold much that is no list of readers. Where whose export it is shows in any of its tables, those that do
/// not show it are laid aside; and so is what has no addresses.
pub fn open_exports(name: &str, bytes: impl Read + Send + 'static, from: Option<Source>) -> Result<Opened> {
    let (start, begun) = begin(bytes)?;
    if !start.starts_with(ZIP) {
        let mut export = Export::open(name, begun)?;
        email_of(&export.header)?;
        export.source = from.unwrap_or(export.source);
        return Ok(Opened { exports: vec![export], aside: Vec::new(), is_archive: false });
    }
    let (mut exports, mut aside) = (Vec::new(), Vec::new());
    for table in tables(begun)? {
        let entry = format!("{name}/{}", table.name);
        match Export::open(&entry, table.file).and_then(|export| email_of(&export.header).map(|_| export)) {
            Ok(export) => exports.push(export),
            Err(error) => aside.push((entry, format!("{error:#}"))),
        }
    }
    let is_known = |export: &Export| from.map_or(export.source != Source::Csv, |from| export.source == from);
    if exports.iter().any(is_known) {
        let (known, others): (Vec<_>, Vec<_>) = exports.into_iter().partition(is_known);
        aside
            .extend(others.into_iter().map(|export| (export.name, "it is of another kind than the others".to_owned())));
        exports = known;
    }
    for export in &mut exports {
        export.source = from.unwrap_or(export.source);
    }
    if exports.is_empty() {
        bail!("no file in it is a list of readers; one has a column called `email`");
    }
    Ok(Opened { exports, aside, is_archive: true })
}

/// Looks at the first bytes, which are read again.
fn begin<R: Read>(mut bytes: R) -> Result<(Vec<u8>, Begun<R>)> {
    let mut start = Vec::with_capacity(ZIP.len());
    bytes.by_ref().take(ZIP.len() as u64).read_to_end(&mut start).context("it cannot be read")?;
    let begun = Cursor::new(start.clone()).chain(bytes);
    Ok((start, begun))
}
