use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::Store;

/// The right to send from a store: at most one process has it, and the kernel takes it back when that process ends,
/// however it ends. So whatever is found `sending` by who holds it belongs to a process that is dead.
#[derive(Debug)]
pub struct SenderLock {
    _file: File,
}

impl SenderLock {
    /// Takes the lock, or tells who has it: `Err(holder)`, as in "griot daemon (process 4711)".
    pub fn try_take(store: &Store, holder: &str) -> Result<std::result::Result<Self, String>> {
        Self::try_take_at(&store.beside("")?, holder)
    }

    /// The same of the store that is at this real path, or will be.
    pub(super) fn try_take_at(store: &Path, holder: &str) -> Result<std::result::Result<Self, String>> {
        // Beside the real file, so that two names of one store meet at one lock.
        let mut path = store.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.with_context(|| format!("cannot open the lock {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                write!(file, "{holder} (process {})", std::process::id())?;
                Ok(Ok(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.rewind()?;
                file.read_to_string(&mut holder)?;
                Ok(Err(if holder.is_empty() { "another griot process".into() } else { holder }))
            }
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holder_at_a_time_and_free_again_after_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::store::testing::store(&dir);
        let held = SenderLock::try_take(&store, "griot daemon").unwrap().unwrap();
        let refused = SenderLock::try_take(&store, "griot send").unwrap().unwrap_err();
        assert_eq!(refused, format!("griot daemon (process {})", std::process::id()));
        drop(held);
        assert!(SenderLock::try_take(&store, "griot send").unwrap().is_ok());
    }
}
