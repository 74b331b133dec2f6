use crate::composition::{Palette, Theme};
use crate::config::{Colour, Publisher};

/// The look of messages and pages, as the publisher's colours and fonts make it.
#[derive(Debug)]
pub(super) struct Look {
    /// The address of the logo; may be empty.
    pub logo: String,
    pub serif: String,
    pub sans: String,
    pub faces: Vec<Face>,
}

/// One face of the page.
#[derive(Debug)]
pub(super) struct Face {
    pub name: &'static str,
    pub swatches: Vec<Swatch>,
}

#[derive(Debug)]
pub(super) struct Swatch {
    pub name: &'static str,
    pub colour: String,
    /// Against the paper, where text or an edge is set in it.
    pub contrast: String,
    /// Whether it is as much as is needed there.
    pub is_enough: bool,
}

impl Look {
    pub fn of(publisher: &Publisher) -> Self {
        let theme = Theme::of(publisher);
        Self {
            logo: publisher.logo.as_ref().map_or_else(String::new, ToString::to_string),
            serif: theme.serif.to_string(),
            sans: theme.sans.to_string(),
            faces: vec![Face::of("By day", &theme.day), Face::of("By night", &theme.night)],
        }
    }
}

impl Face {
    fn of(name: &'static str, palette: &Palette) -> Self {
        let Palette { ground, paper, ink, soft, rule, tint, accent } = *palette;
        let text = |name, colour: Colour| {
            let contrast = colour.contrast(paper);
            let is_enough = contrast >= Colour::READABLE;
            Swatch { name, colour: colour.to_string(), contrast: format!("{contrast:.1} to 1"), is_enough }
        };
        let ground_of = |name, colour: Colour| Swatch {
            name,
            colour: colour.to_string(),
            contrast: String::new(),
            is_enough: true,
        };
        let swatches = vec![
            text("ink", ink),
            text("soft ink", soft),
            text("accent", accent),
            ground_of("paper", paper),
            ground_of("ground", ground),
            ground_of("hairline", rule),
            ground_of("tint", tint),
        ];
        Self { name, swatches }
    }
}
