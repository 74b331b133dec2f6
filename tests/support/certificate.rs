//! A certificate of our own, made anew by openssl for each test.

use std::fs;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::keys::openssl;
use super::postfix::files;

/// A certificate for `localhost`, its own authority, and its key.
pub struct Certificate(TempDir);

impl Certificate {
    pub fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let what = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
        let whose = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
        let (key, ca) = (path("key.pem"), path("ca.pem"));
        let rest = ["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", &key, "-out", &ca];
        openssl(&[&what[..], &whose, &rest].concat());
        Self(folder)
    }

    /// Where it lies: `ca.pem`, and its key, `key.pem`.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The file that makes it trusted.
    pub fn ca(&self) -> PathBuf {
        self.0.path().join("ca.pem")
    }

    /// Puts both files into a folder, for this user to read.
    pub fn copy_for(&self, folder: &Path, user: u32) {
        for file in files(self.0.path()) {
            let copy = folder.join(file.file_name().unwrap());
            fs::copy(file, &copy).unwrap();
            chown(copy, Some(user), None).unwrap();
        }
    }
}
