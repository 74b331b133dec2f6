//! Pictures that editors bring in: whatever came is decoded, cut to the shape of the brief, and written anew, so that
//! nothing of the file itself is ever served.

use std::io::Cursor;

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use sha2::{Digest, Sha256};

use super::Press;
use crate::store::Picture;

/// Pixels across: twice what a brief is wide, for sharp screens.
const WIDEST: u32 = 1200;
/// The brief's pictures are three to two.
const SHAPE: (u32, u32) = (3, 2);
/// Quality 1 to 100, at which a photograph of this size has some 150 KB.
const QUALITY: u8 = 82;
/// Pixels on a side, and bytes while it is decoded: a small file can claim to be a huge picture.
const LARGEST_SIDE: u32 = 12_000;
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// Smaller than this it would be stretched.
const SMALLEST_SIDE: u32 = 200;

/// What stays in the picture where it has to be cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// Its top, or its left side.
    Start,
    #[default]
    Middle,
    /// Its bottom, or its right side.
    End,
}

/// Why a file is no picture for a brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// No JPEG, PNG, WebP or GIF; an SVG is a program, not a picture.
    Unknown,
    TooLarge,
    TooSmall,
    /// It breaks off, or is not what it says.
    Broken,
}

impl Unfit {
    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Unknown => "That is no JPEG, PNG, WebP or GIF; save the picture as one of these.",
            Self::TooLarge => "That picture is too large: at most 12,000 pixels on a side. Make it smaller first.",
            Self::TooSmall => "That picture is too small: at least 200 pixels on a side, and 1,200 across look best.",
            Self::Broken => "That picture can't be read; it may be damaged. Save it anew, and try again.",
        }
    }
}

impl Press {
    /// Keeps a picture in the shape of the brief, and returns the address it is served at.
    pub fn add_picture(&self, who: &str, file: &[u8], focus: Focus) -> Result<Result<String, Unfit>> {
        let picture = match shaped(file, focus) {
            Ok(picture) => picture,
            Err(unfit) => return Ok(Err(unfit)),
        };
        let now = self.now();
        let jpeg = encoded(&picture)?;
        let digest = HEXLOWER.encode(&Sha256::digest(&jpeg)[..16]);
        let url = self.config().web.link(&format!("/pictures/{digest}.jpg"));
        let picture = Picture { digest, width: picture.width(), height: picture.height(), jpeg };
        self.store().write(|db| picture.add(db, who, now))?;
        Ok(Ok(url))
    }
}

/// Decodes a file within limits, cuts it and makes it no larger than it is shown.
fn shaped(file: &[u8], focus: Focus) -> Result<RgbImage, Unfit> {
    let format = image::guess_format(file).map_err(|_| Unfit::Unknown)?;
    if !matches!(format, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP | ImageFormat::Gif) {
        return Err(Unfit::Unknown);
    }
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits.clone());
    let decoded = upright(reader, limits).map_err(|error| match error {
        ImageError::Limits(_) => Unfit::TooLarge,
        _ => Unfit::Broken,
    })?;
    if decoded.width() < SMALLEST_SIDE || decoded.height() < SMALLEST_SIDE {
        return Err(Unfit::TooSmall);
    }
    let cut = cut(&decoded, focus);
    let width = cut.width().min(WIDEST);
    let small = cut.resize_exact(width, width * SHAPE.1 / SHAPE.0, FilterType::Lanczos3);
    Ok(on_white(&small))
}

/// Phones write down how they were held, and turn nothing; what is written anew would lose that.
fn upright(reader: ImageReader<Cursor<&[u8]>>, mut limits: Limits) -> Result<DynamicImage, ImageError> {
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut decoded = DynamicImage::from_decoder(decoder)?;
    decoded.apply_orientation(orientation);
    Ok(decoded)
}

/// The largest part of that shape.
fn cut(picture: &DynamicImage, focus: Focus) -> DynamicImage {
    let (width, height) = (picture.width(), picture.height());
    let kept = (width.min(height * SHAPE.0 / SHAPE.1), height.min(width * SHAPE.1 / SHAPE.0));
    let offset = |whole: u32, kept: u32| match focus {
        Focus::Start => 0,
        Focus::Middle => (whole - kept) / 2,
        Focus::End => whole - kept,
    };
    picture.crop_imm(offset(width, kept.0), offset(height, kept.1), kept.0, kept.1)
}

/// A JPEG has no transparency; the brief is on white by day.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let rgba = picture.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0;
        let over = |colour: u8| ((u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255) as u8;
        Rgb([over(red), over(green), over(blue)])
    })
}

fn encoded(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(picture).context("a picture can't be written")?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = Vec::new();
        let picture =
            RgbImage::from_fn(width, height, |x, _| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) });
        DynamicImage::from(picture).write_to(&mut Cursor::new(&mut file), ImageFormat::Png).unwrap();
        file
    }

    #[test]
    fn a_picture_is_cut_to_three_to_two_around_what_matters() {
        let wide = png(3000, 1000);
        let of = |focus| shaped(&wide, focus).unwrap();
        let middle = of(Focus::Middle);
        assert_eq!((middle.width(), middle.height()), (1200, 800));
        let is_red = |picture: &RgbImage, x| picture.get_pixel(x, 400).0[0] > 200;
        assert!(is_red(&middle, 10) && !is_red(&middle, 1190));
        assert!(is_red(&of(Focus::Start), 1190) && !is_red(&of(Focus::End), 10));
        let tall = shaped(&png(600, 2000), Focus::Middle).unwrap();
        assert_eq!((tall.width(), tall.height()), (600, 400), "nothing is stretched");
    }

    #[test]
    fn w_what_is_no_picture_of_a_known_kind_is_refused() {
        let of = |file: &[u8]| shaped(file, Focus::Middle).unwrap_err();
        assert_eq!(of(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"), Unfit::Unknown);
        assert_eq!(of(b""), Unfit::Unknown);
        assert_eq!(of(b"BM not a kind we take"), Unfit::Unknown);
        assert_eq!(of(&png(100, 100)), Unfit::TooSmall);
        let whole = png(400, 400);
        assert_eq!(of(&whole[..whole.len() / 2]), Unfit::Broken);
    }

    #[test]
    fn w_a_small_file_that_claims_to_be_huge_is_refused_before_it_is_decoded() {
        // 60,000 pixels on a side: 10 GB of pixels in 100 bytes of header.
        let mut bomb = png(400, 400);
        for (at, side) in [(16, 60_000_u32), (20, 60_000)] {
            bomb[at..at + 4].copy_from_slice(&side.to_be_bytes());
        }
        let header = bomb[12..29].to_vec();
        bomb[29..33].copy_from_slice(&crc32(&header).to_be_bytes());
        assert_eq!(shaped(&bomb, Focus::Middle).unwrap_err(), Unfit::TooLarge);
    }

    #[test]
    fn w_nothing_of_the_file_itself_is_kept() {
        let mut polyglot = png(600, 400);
        polyglot.extend_from_slice(b"<script>alert(1)</script>PK\x03\x04");
        let jpeg = encoded(&shaped(&polyglot, Focus::Middle).unwrap()).unwrap();
        assert!(jpeg.starts_with(&[0xff, 0xd8]) && !jpeg.windows(7).any(|window| window == b"<script"));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum()
    }
}
