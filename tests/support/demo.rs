//! `griot demo` as a newcomer starts it, with a temporary folder of its own, so that what it leaves behind is seen.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use scraper::{Html, Selector};
use tempfile::TempDir;

use super::wait::until;

/// How long Ctrl-C may take.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Demo {
    child: Child,
    out: BufReader<ChildStdout>,
    client: Client,
    /// The front page, without a closing slash; empty before the edition is sent.
    pub url: String,
    temporary: TempDir,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stderr: String,
    /// What still lies in the temporary folder.
    pub left_behind: Vec<PathBuf>,
}

impl Demo {
    /// Starts it and reads what it says up to the address of its front page.
    pub fn start(words: &[&str]) -> Self {
        let mut demo = Self::begin(words);
        let mut said = String::new();
        while demo.url.is_empty() {
            let before = said.len();
            // A line comes as it happens, also into a pipe.
            if demo.out.read_line(&mut said).unwrap() == 0 {
                panic!("griot demo ended early:\n{said}{}", demo.stderr());
            }
            demo.url = said[before..].strip_prefix("Look at it: ").unwrap_or_default().trim().to_owned();
        }
        demo
    }

    /// Starts it and does not wait for anything.
    pub fn begin(words: &[&str]) -> Self {
        // Here only where another test of this process did not do it already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let temporary = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
        command.arg("demo").args(words).env("TMPDIR", temporary.path()).env_remove("GRIOT_CONFIG");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out, client: Client::builder().no_proxy().build().unwrap(), url: String::new(), temporary }
    }

    /// Its configuration, for further commands on the same store.
    pub fn config(&self) -> PathBuf {
        match files(self.temporary.path()).as_slice() {
            [folder] => folder.join("griot.toml"),
            others => panic!("not one folder but {others:?}"),
        }
    }

    /// The body of a page of the demo (`/inbox`) or of any other (`http://…`), which must answer 200.
    pub async fn get(&self, page: &str) -> String {
        let (status, body) = self.ask(page).await;
        assert_eq!(status, StatusCode::OK, "{page}: {body}");
        body
    }

    pub async fn ask(&self, page: &str) -> (StatusCode, String) {
        let url = if page.starts_with('/') { format!("{}{page}", self.url) } else { page.to_owned() };
        let answer = self.client.get(url).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// POSTs as a mail program does for one click (RFC 8058).
    pub async fn leave_by_one_click(&self, url: &str) -> StatusCode {
        let form = "application/x-www-form-urlencoded";
        let asked = self.client.post(url).header("Content-Type", form).body("List-Unsubscribe=One-Click");
        asked.send().await.unwrap().status()
    }

    /// A message as it came over SMTP.
    pub async fn message(&self, number: usize) -> Vec<u8> {
        let url = format!("{}/inbox/{number}/message.eml", self.url);
        let answer = self.client.get(url).send().await.unwrap().error_for_status().unwrap();
        answer.bytes().await.unwrap().to_vec()
    }

    /// Where a link of the front page leads, by its words.
    pub async fn link(&self, label: &str) -> String {
        let page = Html::parse_document(&self.get("/").await);
        let links = Selector::parse("a").unwrap();
        let found = page.select(&links).find(|link| link.text().collect::<String>() == label);
        let found = found.unwrap_or_else(|| panic!("the front page has no link {label:?}"));
        found.attr("href").unwrap().to_owned()
    }

    /// Ctrl-C, and what became of it.
    pub fn interrupt(mut self) -> Ended {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let mut status = None;
        until(PATIENCE, "griot demo ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        let left_behind = files(self.temporary.path());
        Ended { status: status.unwrap(), stderr: self.stderr(), left_behind }
    }

    fn stderr(&mut self) -> String {
        let mut told = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        told
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Ended already, unless a test failed; either way nothing more can be done about it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect()
}
