//! A Maildir, emptied file by file, oldest first.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A folder with `new` and `cur`, as <https://cr.yp.to/proto/maildir.html> defines it. `tmp` is never looked into: what
/// lies there is not whole yet.
#[derive(Debug)]
pub struct Maildir {
    path: PathBuf,
    /// The files that were there when it was opened, in the order they arrived.
    files: std::vec::IntoIter<PathBuf>,
    length: usize,
}

/// A mail of a Maildir. Its file stays until it is told to go.
#[derive(Debug)]
pub struct MaildirMail {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
}

impl Maildir {
    /// Whether a folder looks like a Maildir.
    pub fn is_one(path: &Path) -> bool {
        path.join("new").is_dir() && path.join("cur").is_dir()
    }

    /// Lists its files; with `only_unseen` those that are not marked as seen.
    pub fn open(path: &Path, only_unseen: bool) -> io::Result<Self> {
        let mut files: Vec<(OsString, PathBuf)> = Vec::new();
        for folder in ["new", "cur"] {
            for entry in fs::read_dir(path.join(folder))? {
                let entry = entry?;
                let name = entry.file_name();
                let is_left_out = name.as_encoded_bytes().starts_with(b".") || (only_unseen && is_seen(&name));
                if !is_left_out && entry.file_type()?.is_file() {
                    files.push((name, entry.path()));
                }
            }
        }
        // A name begins with the time of its arrival.
        files.sort();
        let files: Vec<PathBuf> = files.into_iter().map(|(_, path)| path).collect();
        Ok(Self { path: path.to_owned(), length: files.len(), files: files.into_iter() })
    }

    /// How many files there were when it was opened.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The next mail, at most `max` octets of it. A file that went away meanwhile is left out; one that cannot be read
    /// is an error with its path, and the next call goes on behind it.
    pub fn next(&mut self, max: u64) -> Option<Result<MaildirMail, (PathBuf, io::Error)>> {
        for path in self.files.by_ref() {
            let mut bytes = Vec::new();
            match File::open(&path).and_then(|file| file.take(max).read_to_end(&mut bytes)) {
                Ok(_) => return Some(Ok(MaildirMail { path, bytes })),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Some(Err((path, error))),
            }
        }
        None
    }

    /// Deletes a mail.
    pub fn remove(&self, mail: &MaildirMail) -> io::Result<()> {
        gone_is_fine(fs::remove_file(&mail.path))
    }

    /// Marks a mail as seen, as a mail program does that showed it.
    pub fn keep(&self, mail: &MaildirMail) -> io::Result<()> {
        let name = mail.path.file_name().unwrap_or_default();
        let mut seen = name.to_owned();
        match name.to_str().and_then(|name| name.split_once(":2,")) {
            Some(_) if is_seen(name) => {}
            // Flags stand in the order of the alphabet.
            Some((unique, flags)) => {
                let mut flags: Vec<char> = flags.chars().chain(['S']).collect();
                flags.sort_unstable();
                seen = format!("{unique}:2,{}", flags.into_iter().collect::<String>()).into();
            }
            None => seen.push(":2,S"),
        }
        gone_is_fine(fs::rename(&mail.path, self.path.join("cur").join(seen)))
    }
}

fn is_seen(name: &OsStr) -> bool {
    name.to_str().and_then(|name| name.split_once(":2,")).is_some_and(|(_, flags)| flags.contains('S'))
}

fn gone_is_fine(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maildir(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["new", "cur", "tmp"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for (path, text) in files {
            fs::write(folder.path().join(path), text).unwrap();
        }
        folder
    }

    fn texts(maildir: &mut Maildir, max: u64) -> Vec<String> {
        std::iter::from_fn(|| maildir.next(max)).map(|mail| String::from_utf8(mail.unwrap().bytes).unwrap()).collect()
    }

    #[test]
    fn gives_new_and_cur_by_their_age_and_never_tmp() {
        let folder = maildir(&[
            ("new/30.a", "third"),
            ("cur/10.b:2,RS", "first"),
            ("cur/40.e:2,R", "fourth"),
            ("new/20.c", "second"),
            ("tmp/05.d", "half of i"),
            ("new/.hidden", "no mail"),
        ]);
        let mut opened = Maildir::open(folder.path(), false).unwrap();
        assert_eq!(opened.len(), 4);
        assert_eq!(texts(&mut opened, 100), ["first", "second", "third", "fourth"]);
        assert_eq!(texts(&mut Maildir::open(folder.path(), true).unwrap(), 3), ["sec", "thi", "fou"]);
    }

    #[test]
    fn a_file_that_went_away_is_no_error() {
        let folder = maildir(&[("new/1.a", "one"), ("new/2.b", "two")]);
        let mut opened = Maildir::open(folder.path(), false).unwrap();
        fs::remove_file(folder.path().join("new/1.a")).unwrap();
        let mail = opened.next(10).unwrap().unwrap();
        assert_eq!(mail.bytes, b"two");
        fs::remove_file(&mail.path).unwrap();
        opened.remove(&mail).unwrap();
        opened.keep(&mail).unwrap();
        assert!(opened.next(10).is_none());
    }

    #[test]
    fn keeps_a_mail_as_one_that_was_seen() {
        let folder = maildir(&[("new/1.a", "one"), ("cur/2.b:2,T", "two"), ("cur/3.c:2,S", "three")]);
        let mut opened = Maildir::open(folder.path(), false).unwrap();
        while let Some(mail) = opened.next(10) {
            opened.keep(&mail.unwrap()).unwrap();
        }
        let mut names: Vec<_> =
            fs::read_dir(folder.path().join("cur")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["1.a:2,S", "2.b:2,ST", "3.c:2,S"]);
        assert!(Maildir::open(folder.path(), true).unwrap().is_empty());
    }
}
