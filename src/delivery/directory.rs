use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Outgoing, Reply, Trouble, Verdict};

/// Writes a message as an `.eml` file: nobody is mailed.
///
/// The name comes from the recipient and the message itself, so writing it again replaces it and never doubles it.
pub(super) async fn write(folder: &Path, message: &Outgoing) -> Verdict {
    match write_file(folder, message).await {
        Ok(path) => Verdict::Accepted(Reply { text: path.display().to_string(), ..Reply::default() }),
        Err(error) => {
            let full = if error.kind() == ErrorKind::StorageFull { "; free some space" } else { "" };
            Verdict::Trouble(Trouble::Refused(format!("cannot write into {}: {error}{full}", folder.display())))
        }
    }
}

async fn write_file(folder: &Path, message: &Outgoing) -> std::io::Result<PathBuf> {
    tokio::fs::create_dir_all(folder).await?;
    let path = folder.join(file_name(message));
    // Under another name first, so that a file that ends in .eml is always whole.
    let unfinished = path.with_extension("unfinished");
    let written = tokio::fs::write(&unfinished, &message.bytes).await;
    match written {
        Ok(()) => tokio::fs::rename(&unfinished, &path).await?,
        Err(error) => {
            // Half a file on a full disk helps nobody; the first error is the one to tell.
            let _ = tokio::fs::remove_file(&unfinished).await;
            return Err(error);
        }
    }
    Ok(path)
}

fn file_name(message: &Outgoing) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "@.+-_".contains(c) { c } else { '_' };
    let recipient: String = message.recipient.as_str().chars().map(safe).collect();
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&message.bytes);
    format!("{recipient}.{}.eml", data_encoding::HEXLOWER.encode(&digest[..4]))
}
