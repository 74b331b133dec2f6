use std::fmt::Write;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use crate::composition::{Palette, Theme};
use crate::config::{FontStack, Publisher};

/// What pages are set in beside the serif: the fonts the reader's machine has for its own interface, unless the publisher
/// chose others.
const INTERFACE: &str = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";
const RULES: &str = include_str!("../../templates/pages/style.css");

/// The one stylesheet of the pages, in the publisher's colours: those of the brief.
#[derive(Debug)]
pub struct Style {
    pub day: Palette,
    pub night: Palette,
    pub css: String,
    /// As a Content-Security-Policy names it, `sha256-…`: what stands in a page's `<style>` is this or nothing.
    pub hash: String,
}

impl Style {
    pub fn of(publisher: &Publisher) -> Self {
        let theme = Theme::of(publisher);
        let mut css = String::new();
        // Writing to a string does not fail.
        let sans = if theme.sans == FontStack::sans() { INTERFACE } else { theme.sans.as_str() };
        let _ = write!(css, ":root{{--serif:{};--sans:{sans};{}}}", theme.serif, properties(&theme.day));
        let _ = write!(css, "@media (prefers-color-scheme:dark){{:root{{{}}}}}", properties(&theme.night));
        css.push_str(RULES);
        let hash = format!("sha256-{}", BASE64.encode(&Sha256::digest(css.as_bytes())));
        Self { day: theme.day, night: theme.night, css, hash }
    }
}

fn properties(palette: &Palette) -> String {
    let Palette { ground, paper, ink, soft, rule, tint, accent } = palette;
    // The edge of a field needs 3 to 1 (WCAG 2.2, 1.4.11), which a hairline has not; the soft ink has more.
    format!(
        "--ground:{ground};--paper:{paper};--ink:{ink};--soft:{soft};--rule:{rule};--tint:{tint};--accent:{accent};\
         --field:{soft}"
    )
}
