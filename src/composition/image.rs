use super::{Plain, WebUrl};

/// Below this many pixels either way it is an icon or a tracking pixel, not a picture.
const SMALLEST: u32 = 120;
/// The page, and with it the lead image.
const LEAD_WIDTH: u32 = 600;
/// A taller lead image would push its own headline off the first screen.
const LEAD_HEIGHT: u32 = 450;
/// The side of the square a thumbnail fits into.
const THUMBNAIL: u32 = 180;

/// A picture of a story.
#[derive(Debug, Clone)]
pub struct Image {
    /// Shown only over https (rule H), or from this machine.
    pub url: WebUrl,
    /// Pixels, where the feed or the file told.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// What is to be seen; empty where it only decorates.
    pub alt: Plain,
    pub caption: Plain,
    pub credit: Plain,
}

/// The size at which an image is set, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    pub width: u32,
    /// None where the shape is unknown: a wrong height would distort it.
    pub height: Option<u32>,
}

impl Image {
    pub(super) fn is_worth_showing(&self) -> bool {
        let is_large_enough = |side: Option<u32>| side.is_none_or(|pixels| pixels >= SMALLEST);
        self.url.is_private_in_transit() && is_large_enough(self.width) && is_large_enough(self.height)
    }

    /// As the lead: the full width of the page; narrower where it is portrait, or too small to be enlarged.
    pub(super) fn as_lead(&self) -> Size {
        let Some((width, height)) = self.shape() else { return Size { width: LEAD_WIDTH, height: None } };
        let enlarged = if width < LEAD_WIDTH * 3 / 4 { width } else { LEAD_WIDTH };
        fit(width, height, enlarged, LEAD_HEIGHT)
    }

    /// As the thumbnail of a numbered story.
    pub(super) fn as_thumbnail(&self) -> Size {
        let Some((width, height)) = self.shape() else { return Size { width: THUMBNAIL, height: None } };
        fit(width, height, THUMBNAIL, THUMBNAIL)
    }

    /// "Makola market on Tuesday. Photograph: K. Adjei": a full stop is set only where both are there.
    pub(super) fn legend(&self) -> String {
        match (self.caption.as_str(), self.credit.as_str()) {
            (caption, "") => caption.to_owned(),
            ("", credit) => credit.to_owned(),
            (caption, credit) if caption.ends_with(['.', '?', '!', '…', '።', '؟', '"', '”']) => {
                format!("{caption} {credit}")
            }
            (caption, credit) => format!("{caption}. {credit}"),
        }
    }

    fn shape(&self) -> Option<(u32, u32)> {
        self.width.zip(self.height)
    }
}

/// Fits a shape into a box without distorting it. No side is zero: smaller pictures are not shown at all.
fn fit(width: u32, height: u32, box_width: u32, box_height: u32) -> Size {
    let scaled = |side: u32, by: u32, of: u32| (u64::from(side) * u64::from(by) / u64::from(of.max(1))) as u32;
    let at_full_width = scaled(height, box_width, width);
    if at_full_width <= box_height {
        Size { width: box_width, height: Some(at_full_width.max(1)) }
    } else {
        Size { width: scaled(width, box_height, height).max(1), height: Some(box_height) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: impl Into<Option<u32>>, height: impl Into<Option<u32>>) -> Image {
        Image {
            url: WebUrl::parse("https://images.example/a.jpg").unwrap(),
            width: width.into(),
            height: height.into(),
            alt: Plain::default(),
            caption: Plain::default(),
            credit: Plain::default(),
        }
    }

    fn size(width: u32, height: u32) -> Size {
        Size { width, height: Some(height) }
    }

    #[test]
    fn a_landscape_fills_the_width_and_a_portrait_the_height() {
        assert_eq!(image(1200, 800).as_lead(), size(600, 400));
        assert_eq!(image(800, 1200).as_lead(), size(300, 450));
        assert_eq!(image(1200, 800).as_thumbnail(), size(180, 120));
        assert_eq!(image(800, 1200).as_thumbnail(), size(120, 180));
        assert_eq!(image(9000, 120).as_thumbnail(), size(180, 2));
    }

    #[test]
    fn a_small_lead_is_not_enlarged_much() {
        assert_eq!(image(300, 200).as_lead(), size(300, 200));
        assert_eq!(image(480, 320).as_lead(), size(600, 400));
    }

    #[test]
    fn an_unknown_shape_is_not_guessed() {
        assert_eq!(image(1200, None).as_lead(), Size { width: 600, height: None });
        assert_eq!(image(None, None).as_thumbnail(), Size { width: 180, height: None });
    }

    #[test]
    fn h_shows_images_over_https_and_from_this_machine_only() {
        let from = |url: &str| Image { url: WebUrl::parse(url).unwrap(), ..image(600, 400) }.is_worth_showing();
        assert!(from("https://images.example/a.jpg"));
        assert!(from("http://127.0.0.1:8080/a.jpg") && from("http://localhost/a.jpg") && from("http://[::1]/a.jpg"));
        assert!(!from("http://images.example/a.jpg") && !from("http://10.0.0.1/a.jpg"));
    }

    #[test]
    fn a_tracking_pixel_is_no_picture() {
        assert!(!image(1, 1).is_worth_showing());
        assert!(!image(600, 60).is_worth_showing());
    }

    #[test]
    fn joins_caption_and_credit() {
        let legend = |caption: &str, credit: &str| {
            Image { caption: caption.into(), credit: credit.into(), ..image(None, None) }.legend()
        };
        assert_eq!(legend("Makola on Tuesday", "Photograph: K. Adjei"), "Makola on Tuesday. Photograph: K. Adjei");
        assert_eq!(legend("Who will pay?", "K. Adjei"), "Who will pay? K. Adjei");
        assert_eq!(legend("", "K. Adjei"), "K. Adjei");
        assert_eq!(legend("Makola", ""), "Makola");
    }
}
