//! The form on a publisher's own page, in Chromium: as a pop-up, in place, and in a frame (rules C, H and W).

use std::fs;
use std::path::Path;

use crate::support::lint::lint;
use crate::support::pages::Pages;

#[tokio::test]
async fn c_h_and_w_the_pop_up_has_manners_and_the_page_beneath_never_suffers() {
    let pages = Pages::open_here("[sign_up]\nmin_time = \"0s\"\nper_address = \"1000/h\"").await;
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pop-up");
    fs::create_dir_all(&pictures).unwrap();
    let base = pages.base.clone();
    tokio::task::spawn_blocking(move || lint("pop-up.mjs", &[base.as_ref(), pictures.as_os_str()])).await.unwrap();
    // Each of them once, by way of a form of ours on another's page.
    let mut asked: Vec<String> = pages.letters().into_iter().map(|(_, email, _)| email).collect();
    asked.sort();
    assert_eq!(asked, ["esi@example.org", "kofi@gmail.com", "yaw@example.org"]);
}
