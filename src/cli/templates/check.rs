use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::catalogue::{Catalogues, Problem};
use crate::cli::check::counted;
use crate::cli::{Output, Station};
use crate::composition;
use crate::templates::Templates;
use crate::web;

/// Try your templates and words with made-up data, before readers see them
#[derive(Debug, Args)]
pub struct Check {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl Check {
    pub fn run(self, station: &Station, out: &mut Output) -> Result<()> {
        let folder = station.config()?.templates();
        let (catalogues, mut problems) = Catalogues::read(&folder)?;
        let (templates, of_templates) = Templates::read(&folder)?;
        problems.extend(of_templates);
        let samples = [composition::samples(&catalogues), web::samples(&catalogues)].concat();
        problems.extend(templates.prove(&samples));
        problems.extend(templates.strays());
        if self.json {
            out.json(&as_json(&folder, &templates, &catalogues, &problems))?;
        } else {
            tell(&folder, &templates, &catalogues, &problems, out)?;
        }
        match problems.len() {
            0 => Ok(()),
            problems => bail!("{} in {}", counted(problems, "problem"), folder.display()),
        }
    }
}

fn tell(
    folder: &Path,
    templates: &Templates,
    catalogues: &Catalogues,
    problems: &[Problem],
    out: &mut Output,
) -> Result<()> {
    for problem in problems {
        writeln!(out, "{problem}")?;
    }
    if !problems.is_empty() {
        return Ok(());
    }
    let (replaced, words) = (templates.replaced(), catalogues.own_files());
    if replaced.is_empty() && words.is_empty() {
        writeln!(out, "{} changes nothing; griot's own are in use · griot templates eject", folder.display())?;
        return Ok(());
    }
    for name in &replaced {
        writeln!(out, "{}", folder.join(name).display())?;
    }
    for file in &words {
        writeln!(out, "{}", file.display())?;
    }
    let (templates, files) = (counted(replaced.len(), "template"), counted(words.len(), "file"));
    writeln!(
        out,
        "{templates} and {files} of words, all in order · griot preview NEWSLETTER --html FILE shows an edition"
    )?;
    Ok(())
}

fn as_json(folder: &Path, templates: &Templates, catalogues: &Catalogues, problems: &[Problem]) -> serde_json::Value {
    let problem = |problem: &Problem| json!({"file": problem.file, "line": problem.line, "cause": problem.cause, "advice": problem.advice});
    json!({
        "folder": folder,
        "templates": templates.replaced(),
        "words": catalogues.own_files(),
        "problems": problems.iter().map(problem).collect::<Vec<_>>(),
    })
}
