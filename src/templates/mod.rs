//! The templates of what readers see: compiled in, and replaceable by the publisher's own.
//!
//! Owns: which template a page is set by ([`Templates`]); the sources of griot's own ([`sources`]), which are valid in
//! both engines and give the same bytes in both; the limits within which a publisher's may work. Leaves out: what a page
//! shows, which are plain values of the modules further right, and griot's words, which are catalogues.
//!
//! May fail: reading a publisher's templates, as [`Problem`]s with file and line. Rendering never fails: where a
//! publisher's template does, the log says where, and griot's own is used.
//!
//! **To add a page**: its struct (`page!`), a line in `sources.rs`, and sample data among its module's samples.

mod escape;
mod folder;
mod page;
mod replacement;
mod sample;
pub mod sources;

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

pub use crate::catalogue::Problem;
pub(crate) use page::page;
pub use sample::Sample;

use replacement::Replacement;

/// What is set by a template. Its fields are plain: texts, numbers, booleans, lists and structs of them, and `words`.
pub trait Page: askama::Template + serde::Serialize {
    /// As a publisher would call it: `brief/body.html`.
    const NAME: &'static str;
}

/// The templates in use; clones share them.
#[derive(Clone, Debug)]
pub struct Templates(Arc<Option<Replacement>>);

impl Templates {
    /// griot's own.
    pub fn builtin() -> Self {
        Self(Arc::new(None))
    }

    /// griot's own, but where the folder has others; a folder that is missing has none. The error names the first
    /// problem. Whether they can be rendered is another question: see [`Self::prove`].
    pub fn load(folder: &Path) -> Result<Self> {
        let (templates, problems) = Self::read(folder)?;
        match problems.into_iter().next() {
            Some(problem) => Err(problem.into()),
            None => Ok(templates),
        }
    }

    /// Like [`Self::load`], with every problem. A template that has one is left out.
    pub fn read(folder: &Path) -> Result<(Self, Vec<Problem>)> {
        if !folder.is_dir() {
            return Ok((Self::builtin(), Vec::new()));
        }
        let (replacement, problems) = Replacement::of(folder, folder::read(folder)?);
        Ok((Self(Arc::new(replacement)), problems))
    }

    /// Sets a page.
    pub fn render<P: Page>(&self, page: &P) -> String {
        if let Some(replacement) = self.replacement_of(P::NAME) {
            match replacement.render(P::NAME, minijinja::Value::from(minijinja::value::Serde(page))) {
                Ok(rendered) => return rendered,
                Err(Problem { file, line, cause, .. }) => tracing::error!(
                    template = P::NAME,
                    file = %file.display(),
                    line,
                    cause,
                    "a template of yours failed, and griot's own is used; `griot templates check` tells more"
                ),
            }
        }
        built_in(page)
    }

    /// Renders every sample that a replaced template takes part in. The error is what went wrong, each thing once.
    pub fn prove(&self, samples: &[Sample]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for sample in samples {
            let Some(replacement) = self.replacement_of(sample.name()) else { continue };
            if let Err(problem) = replacement.render(sample.name(), sample.value())
                && !problems.contains(&problem)
            {
                problems.push(problem);
            }
        }
        problems
    }

    /// The names of griot's templates that the publisher replaced.
    pub fn replaced(&self) -> Vec<&str> {
        self.0.as_ref().as_ref().map(Replacement::replaced).unwrap_or_default()
    }

    /// Files in the folder that griot does not know and no template includes: most likely a name with a mistake.
    pub fn strays(&self) -> Vec<Problem> {
        self.0.as_ref().as_ref().map(Replacement::strays).unwrap_or_default()
    }

    /// griot's own, every one by the engine that publishers' templates are rendered by: to hold the two together.
    pub fn interpreted() -> Self {
        Self(Arc::new(Some(Replacement::of_everything())))
    }

    /// Whether a publisher's template takes part in this one, so that it is not set by what is compiled in.
    pub fn interprets(&self, name: &str) -> bool {
        self.replacement_of(name).is_some()
    }

    /// Renders a sample by that engine, where a replaced template takes part in it.
    pub fn render_sample(&self, sample: &Sample) -> Result<String, Problem> {
        match self.replacement_of(sample.name()) {
            Some(replacement) => replacement.render(sample.name(), sample.value()),
            None => Ok(sample.rendered().to_owned()),
        }
    }

    /// Only where a publisher's template takes part: griot's own are compiled in, and faster.
    fn replacement_of(&self, name: &str) -> Option<&Replacement> {
        self.0.as_ref().as_ref().filter(|replacement| replacement.concerns(name))
    }
}

fn built_in(page: &impl Page) -> String {
    page.render().expect("a template writes to a string, and no value in it refuses to be written")
}
