//! What is wrong, and telling who runs griot: once, again each day while it lasts, and once more when it is over.
//!
//! Owns: the judgement of what is a problem and what can be done about it ([`problems`], which the desk shows too), what
//! of it is worth an alert, the letters, and a round of looking ([`Watchman`]). Leaves out: the loop, which is the daemon's,
//! and the webhook's calls, which wait with all others in `webhooks`. What was raised is kept in the store, so that a restart
//! neither forgets nor repeats it. No reader is named in any of it.

mod certificate;
mod complaints;
mod kind;
mod late;
mod letter;
mod machine;
mod problems;
mod register;
mod watchman;

pub use kind::{Kind, Severity};
pub use problems::{Problem, problems};
pub use watchman::Watchman;
