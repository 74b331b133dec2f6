//! Made-up pages, which a publisher's templates are tried with before any reader sees them.

use super::{archive, preferences, privacy, sign_up, told, unsubscribe};
use crate::catalogue::Catalogues;
use crate::config::Language;
use crate::templates::Sample;

/// Every page, in a language that runs from left to right and in one that runs from right to left.
pub fn samples(catalogues: &Catalogues) -> Vec<Sample> {
    let mut samples = Vec::new();
    for language in ["en", "ar"].into_iter().filter_map(|tag| Language::parse(tag).ok()) {
        let words = catalogues.of(&language);
        samples.extend(archive::samples(&words));
        samples.extend(told::samples(&words));
        samples.extend(sign_up::samples(&words));
        samples.extend(archive::samples(&words));
        samples.extend([unsubscribe::sample(&words), privacy::sample(&words), preferences::sample(&words)]);
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::templates::{Templates, sources};

    #[test]
    fn both_engines_set_every_page_to_the_same_bytes() {
        let samples = samples(&Catalogues::builtin());
        let other = Templates::interpreted();
        for sample in &samples {
            let rendered = other.render_sample(sample).unwrap_or_else(|problem| panic!("{problem}"));
            assert_eq!(sample.rendered(), rendered, "{}", sample.name());
        }
        let parts = ["pages/layout.html", "pages/search_form.html", "pages/sign_up_form.html"];
        let tried = |name: &str| parts.contains(&name) || samples.iter().any(|sample| sample.name() == name);
        let missing: Vec<&str> =
            sources::all().map(|(name, _)| name).filter(|name| name.starts_with("pages/") && !tried(name)).collect();
        assert!(missing.is_empty(), "no sample of {missing:?}");
    }
}
