use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead};

use anyhow::{Context, Result, bail};

use super::{CHUNK, Importing, StoriesImported, StoryImport};
use crate::feeds::{Author, Entry, Export, Exported, Image};
use crate::publishing::Press;

/// Most that is kept of a site's pictures and names, in bytes, while its posts are read.
const MAX_KEPT: usize = 64 * 1024 * 1024;

/// What posts refer to, and what may stand after them in the file.
#[derive(Default)]
struct Around {
    names: HashMap<String, String>,
    pictures: HashMap<u64, Image>,
    kept: usize,
}

impl Press {
    /// Takes in the posts of a WordPress export. It is opened twice: what a post refers to may stand after it.
    pub fn import_export<R: BufRead + 'static>(
        &self,
        mut open: impl FnMut() -> io::Result<R>,
        wish: StoryImport,
    ) -> Result<StoriesImported> {
        let mut importing = Importing::begin(self, wish)?;
        let around = Around::read(&mut export(open()?)?)?;
        let mut export = export(open()?)?;
        let mut chunk: Vec<(String, Entry)> = Vec::new();
        while let Some(exported) = next(&mut export)? {
            match exported {
                Exported::Post(post) => {
                    let image = post.picture.and_then(|id| around.pictures.get(&id).cloned());
                    let authors = post.entry.authors.iter().map(|author| around.named(author)).collect();
                    chunk.push((post.name, Entry { image, authors, ..post.entry }));
                }
                Exported::LeftOut(what) => importing.leave_out(&what),
                Exported::Picture(_) => importing.leave_out("attachments"),
                Exported::Unreadable(name, reason) => importing.refuse(name, reason),
                Exported::Author { .. } => {}
            }
            if chunk.len() == CHUNK {
                importing.take(self, std::mem::take(&mut chunk))?;
            }
        }
        importing.take(self, chunk)?;
        Ok(importing.done)
    }
}

impl Around {
    fn read(export: &mut Export) -> Result<Self> {
        let mut around = Self::default();
        let mut wanted: HashSet<u64> = HashSet::new();
        while let Some(exported) = next(export)? {
            match exported {
                Exported::Post(post) => wanted.extend(post.picture),
                Exported::Picture(picture) => {
                    let texts = [Some(&picture.image.url), picture.image.alt.as_ref(), picture.image.caption.as_ref()];
                    if around.has_room(texts.into_iter().flatten().map(String::len).sum()) {
                        around.pictures.insert(picture.id, picture.image);
                    }
                }
                Exported::Author { login, name } => {
                    if around.has_room(login.len() + name.len()) {
                        around.names.insert(login, name);
                    }
                }
                Exported::LeftOut(_) | Exported::Unreadable(..) => {}
            }
        }
        around.pictures.retain(|id, _| wanted.contains(id));
        Ok(around)
    }

    fn has_room(&mut self, bytes: usize) -> bool {
        self.kept += bytes + size_of::<Image>();
        self.kept <= MAX_KEPT
    }

    fn named(&self, author: &Author) -> Author {
        let name = author.name.as_ref().map(|login| self.names.get(login).unwrap_or(login).clone());
        Author { name, ..author.clone() }
    }
}

fn export(bytes: impl BufRead + 'static) -> Result<Export> {
    let Some(export) = Export::open(bytes)? else {
        bail!(
            "it is no WordPress export (an <rss> of http://wordpress.org/export/…); WordPress makes one under Tools, \
             Export, All content"
        )
    };
    Ok(export)
}

fn next(export: &mut Export) -> Result<Option<Exported>> {
    export.next_exported().context("it cannot be read to its end")
}
