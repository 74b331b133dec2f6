//! A folder that a mail server takes for the whole system (chroot): its programs, the libraries they need, and users of
//! its own.
//!
//! Exim and OpenSMTPD have the paths of their spools and the names of their users compiled in, and their Debian packages
//! cannot be installed beside Postfix. In here they find both, and neither files nor users of this machine are touched.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Who owns the mail in a jail, and the other users its server runs as.
pub const MAIL_USER: u32 = 65534;

pub struct Jail {
    folder: TempDir,
}

/// Where `./check` unpacks the packages of a server.
pub fn unpacked(server: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/relays").join(server)
}

impl Jail {
    /// With these programs of the server's packages, or of this system where the packages have none of that name; and
    /// with these users besides root.
    pub fn build(server: &str, programs: &[&str], users: &[(&str, u32)]) -> Self {
        let folder = tempfile::Builder::new().prefix(&format!("griot-{server}-")).tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let jail = Self { folder };
        for folder in ["dev", "etc", "tmp", "run", "mail"] {
            fs::create_dir(jail.path(folder)).unwrap();
        }
        fs::set_permissions(jail.path("tmp"), Permissions::from_mode(0o1777)).unwrap();
        chown(jail.path("mail"), Some(MAIL_USER), Some(MAIL_USER)).unwrap();
        // A plain file does: nobody writes more than a line to it, and not every sandbox lets root make devices.
        fs::write(jail.path("dev/null"), "").unwrap();
        fs::set_permissions(jail.path("dev/null"), Permissions::from_mode(0o666)).unwrap();
        let account = |name: &str, id: u32| format!("{name}:x:{id}:{id}::/mail:/bin/sh\n");
        let passwd: String = users.iter().map(|(name, id)| account(name, *id)).collect();
        jail.write("etc/passwd", &format!("{}{passwd}", account("root", 0)));
        let group: String = users.iter().map(|(name, id)| format!("{name}:x:{id}:\n")).collect();
        jail.write("etc/group", &format!("root:x:0:\n{group}"));
        jail.write("etc/hosts", "127.0.0.1 localhost\n");
        for program in programs {
            jail.add(&unpacked(server), program);
        }
        jail
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    pub fn write(&self, inside: &str, text: &str) {
        fs::write(self.path(inside), text).unwrap();
    }

    pub fn read(&self, inside: &str) -> String {
        fs::read_to_string(self.path(inside)).unwrap_or_default()
    }

    /// A program in the jail, with nothing of this machine's environment.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("/usr/sbin/chroot");
        command.arg(self.folder.path()).arg(program);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").stdin(Stdio::null());
        command
    }

    /// A program with the libraries it is linked to.
    fn add(&self, packages: &Path, program: &str) {
        let own = packages.join(program);
        let source = if own.exists() { own } else { Path::new("/").join(program) };
        self.copy(&source, program);
        let mut ldd = Command::new("ldd");
        ldd.arg(&source).env("LD_LIBRARY_PATH", libraries(packages));
        let output = ldd.output().expect("ldd, which belongs to the C library, is not there");
        let told = String::from_utf8_lossy(&output.stdout);
        for line in told.lines() {
            assert!(!line.contains("not found"), "{program} lacks {line}: remove target/relays and run ./check");
            // "name => /path (address)", or "/path (address)" of the loader.
            let Some(library) = line.split_whitespace().find(|word| word.starts_with('/')) else { continue };
            let library = Path::new(library);
            let inside = library.strip_prefix(packages).or_else(|_| library.strip_prefix("/")).unwrap();
            self.copy(library, inside.to_str().unwrap());
        }
    }

    fn copy(&self, source: &Path, inside: &str) {
        let target = self.path(inside);
        if !target.exists() {
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(source, &target).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
        }
    }
}

/// The folders of libraries among the packages, as the loader wants them.
fn libraries(packages: &Path) -> String {
    let usr = packages.join("usr/lib");
    let entries = fs::read_dir(&usr).into_iter().flatten().map(|entry| entry.unwrap().path());
    let folders: Vec<String> = entries.filter(|path| path.is_dir()).map(|path| path.display().to_string()).collect();
    folders.join(":")
}

/// A server that runs in the foreground; ended with the test.
pub struct Server(pub Child);

impl Drop for Server {
    fn drop(&mut self) {
        // As an operator would end it, so that it ends its own processes. Killed only where that does not help.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let began = Instant::now();
        while matches!(self.0.try_wait(), Ok(None)) && began.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
