//! The catalogues griot brings along. To add a file: a line here. To add a language: its block.

/// Language, file, text.
type Source = (&'static str, &'static str, &'static str);

macro_rules! catalogues {
    ($($language:literal: $($file:literal)*;)*) => {
        &[$($((
            $language,
            $file,
            include_str!(concat!("../../templates/languages/", $language, "/", $file)),
        ),)*)*]
    };
}

/// `editors.ftl` is what editors read, in English only.
const SOURCES: &[Source] = catalogues! {
    "en": "archive.ftl" "brief.ftl" "dates.ftl" "editors.ftl" "letters.ftl" "numbers.ftl" "pages.ftl" "post.ftl" "privacy.ftl"
        "readers.ftl";
    "fr": "archive.ftl" "brief.ftl" "dates.ftl" "letters.ftl" "numbers.ftl" "pages.ftl" "post.ftl" "privacy.ftl" "readers.ftl";
    "ar": "archive.ftl" "brief.ftl" "dates.ftl" "letters.ftl" "numbers.ftl" "pages.ftl" "post.ftl" "privacy.ftl" "readers.ftl";
};

/// Every built-in file: its language, its name and its text.
pub fn sources() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    SOURCES.iter().copied()
}
