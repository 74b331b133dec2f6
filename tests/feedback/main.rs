//! What comes back: bounces, complaints, replies, and what providers report.

#[path = "../support/mod.rs"]
mod support;

mod acting;
mod bounces_postfix;
mod bounces_read;
mod corpora;
mod hooks;
mod hooks_daemon;
mod hooks_generic;
mod hooks_mailgun;
mod hooks_postmark;
mod hooks_sendgrid;
mod hooks_ses;
mod hooks_ses_events;
mod imap;
mod intake;
mod mails;
