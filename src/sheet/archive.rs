//! The files of a ZIP archive that may be tables, each in a file of its own that has no name.
//!
//! Bounded in every direction: an archive of some kilobytes can hold petabytes of zeros.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use anyhow::{Context, Result, bail};
use zip::ZipArchive;

use super::folded;

/// The first bytes of every archive that holds anything.
pub const ZIP: &[u8] = b"PK\x03\x04";
/// Largest archive, in bytes.
const MAX_ARCHIVE: u64 = 1 << 30;
/// More entries than any export has, pictures and posts included.
const MAX_ENTRIES: usize = 100_000;
/// More tables than any export has.
const MAX_TABLES: usize = 1_000;
/// What all tables of an archive may come to, in bytes.
const MAX_DECODED: u64 = 2 << 30;
/// How much larger than its packed form a table may be; lists of addresses come to less than a tenth of it.
const MAX_RATIO: u64 = 250;
/// A table below this size may be packed however well, in bytes.
const SMALL: u64 = 1 << 20;

const NOT_CSV: &str = "it is a spreadsheet or an archive; save it as CSV and import that";

/// A file of an archive.
#[derive(Debug)]
pub struct Entry {
    /// Within the archive, with its folders.
    pub name: String,
    pub file: File,
}

/// Unpacks the tables of an archive: what ends in `.csv`, `.tsv` or `.txt`, and is no program's own note.
pub fn tables(archive: impl Read) -> Result<Vec<Entry>> {
    let mut spool = tempfile::tempfile().context("cannot make a file to unpack into")?;
    if io::copy(&mut archive.take(MAX_ARCHIVE + 1), &mut spool)? > MAX_ARCHIVE {
        bail!("it is an archive of more than 1 GB; unpack it and import the files in it");
    }
    spool.seek(SeekFrom::Start(0))?;
    let Ok(mut archive) = ZipArchive::new(BufReader::new(spool)) else { bail!(NOT_CSV) };
    if archive.len() > MAX_ENTRIES {
        bail!("it is an archive of more than {MAX_ENTRIES} files; unpack it and import the lists in it");
    }
    let (mut tables, mut total) = (Vec::new(), 0);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).context("it is an archive that cannot be read to its end")?;
        // A terminal shows it, so nothing in it may move the cursor.
        let name = folded(&entry.name().context("it is an archive with a name that is no text")?);
        if is_of_a_workbook(&name) {
            bail!("it is an Excel or OpenDocument workbook; save it as CSV and import that");
        }
        if entry.is_dir() || !is_table(&name) {
            continue;
        }
        if entry.encrypted() {
            bail!("{name} in it is encrypted; unpack it and import that");
        }
        if tables.len() == MAX_TABLES {
            bail!("it is an archive of more than {MAX_TABLES} lists; unpack it and import them in parts");
        }
        let most = entry.compressed_size().saturating_mul(MAX_RATIO).max(SMALL).min(MAX_DECODED - total);
        let mut file = tempfile::tempfile().context("cannot make a file to unpack into")?;
        let decoded =
            io::copy(&mut entry.take(most + 1), &mut file).with_context(|| format!("cannot unpack {name}"))?;
        if decoded > most {
            bail!("{name} in it is far larger than its packed form, as no list is; unpack it and import that");
        }
        total += decoded;
        file.seek(SeekFrom::Start(0))?;
        tables.push(Entry { name, file });
    }
    Ok(tables)
}

fn is_table(name: &str) -> bool {
    let lower = name.to_lowercase();
    let base = lower.rsplit('/').next().unwrap_or_default();
    [".csv", ".tsv", ".txt"].iter().any(|end| base.ends_with(end))
        && !base.starts_with('.')
        && !lower.starts_with("__macosx/")
        && !base.starts_with("readme")
}

fn is_of_a_workbook(name: &str) -> bool {
    name == "[Content_Types].xml" || name == "META-INF/manifest.xml"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn packed(files: &[(&str, &[u8])]) -> Cursor<Vec<u8>> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(bytes).unwrap();
        }
        let mut packed = archive.finish().unwrap();
        packed.set_position(0);
        packed
    }

    #[test]
    fn w_no_name_moves_the_cursor() {
        let files: [(&str, &[u8]); 1] = [("a\u{1b}[2J\u{9b}1A.csv", b"email\n")];
        assert_eq!(tables(packed(&files)).unwrap()[0].name, "a [2J 1A.csv");
    }

    #[test]
    fn unpacks_tables_and_nothing_else() {
        let files: [(&str, &[u8]); 5] = [
            ("lists/subscribed.csv", b"email\na@b.org\n"),
            ("__MACOSX/lists/._subscribed.csv", b"\0"),
            ("posts/1.html", b"<p>"),
            ("README.txt", b"Hello"),
            ("cleaned.TSV", b"email\n"),
        ];
        let mut tables = tables(packed(&files)).unwrap();
        assert_eq!(
            tables.iter().map(|table| table.name.as_str()).collect::<Vec<_>>(),
            ["lists/subscribed.csv", "cleaned.TSV"]
        );
        let mut text = String::new();
        tables[0].file.read_to_string(&mut text).unwrap();
        assert_eq!(text, "email\na@b.org\n");
    }

    #[test]
    fn says_what_is_no_archive_of_lists() {
        let error = |bytes: Cursor<Vec<u8>>| tables(bytes).unwrap_err().to_string();
        assert_eq!(error(Cursor::new(b"PK\x03\x04\x14\0".to_vec())), NOT_CSV);
        assert_eq!(
            error(packed(&[("[Content_Types].xml", b"<x/>")])),
            "it is an Excel or OpenDocument workbook; save it as CSV and import that"
        );
        assert_eq!(
            error(packed(&[("bomb.csv", &vec![b'a'; 8 << 20])])),
            "bomb.csv in it is far larger than its packed form, as no list is; unpack it and import that"
        );
    }
}
