use super::palette::{INKS, Ink, Palette};

/// Width of the drawing plane, whatever the size of the picture.
pub const WIDTH: f32 = 1200.0;
/// Height of the drawing plane.
pub const HEIGHT: f32 = 800.0;

/// Samples per pixel and axis. Two give edges five levels, enough for shapes this calm.
const SAMPLES: usize = 2;

/// A plane of 1200 by 800 units, y downwards, on which later shapes cover earlier ones.
///
/// It is kept at twice the resolution of the picture and folded down when encoded.
#[derive(Debug)]
pub struct Canvas {
    width: usize,
    height: usize,
    scale: f32,
    samples: Vec<u8>,
}

impl Canvas {
    /// An empty canvas for a picture of so many pixels.
    pub fn new(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize * SAMPLES, height as usize * SAMPLES);
        Self { width, height, scale: width as f32 / WIDTH, samples: vec![Ink::Ground as u8; width * height] }
    }

    pub fn rect(&mut self, left: f32, top: f32, right: f32, bottom: f32, ink: Ink) {
        for row in self.rows(top, bottom) {
            self.span(row, left, right, ink);
        }
    }

    pub fn disc(&mut self, x: f32, y: f32, radius: f32, ink: Ink) {
        self.disc_between(x, y, radius, y - radius, y + radius, ink);
    }

    /// The part of a disc between two heights: a dome, a bowl, a sun at the horizon.
    pub fn disc_between(&mut self, x: f32, y: f32, radius: f32, top: f32, bottom: f32, ink: Ink) {
        for row in self.rows(top.max(y - radius), bottom.min(y + radius)) {
            let dy = self.height_of(row) - y;
            let half = (radius * radius - dy * dy).max(0.0).sqrt();
            self.span(row, x - half, x + half, ink);
        }
    }

    /// Everything under a curve that gives a height for each x.
    pub fn below(&mut self, curve: impl Fn(f32) -> f32, ink: Ink) {
        for column in 0..self.width {
            let top = curve((column as f32 + 0.5) / self.scale) * self.scale;
            let first = top.round().clamp(0.0, self.height as f32) as usize;
            for row in first..self.height {
                self.samples[row * self.width + column] = ink as u8;
            }
        }
    }

    /// A closed polygon, filled by the even-odd rule.
    pub fn polygon(&mut self, corners: &[(f32, f32)], ink: Ink) {
        let top = corners.iter().map(|c| c.1).fold(f32::INFINITY, f32::min);
        let bottom = corners.iter().map(|c| c.1).fold(f32::NEG_INFINITY, f32::max);
        let mut crossings = Vec::new();
        for row in self.rows(top, bottom) {
            let y = self.height_of(row);
            crossings.clear();
            for (index, &(x0, y0)) in corners.iter().enumerate() {
                let (x1, y1) = corners[(index + 1) % corners.len()];
                if (y0 <= y) != (y1 <= y) {
                    crossings.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
                }
            }
            crossings.sort_by(f32::total_cmp);
            for pair in crossings.chunks_exact(2) {
                self.span(row, pair[0], pair[1], ink);
            }
        }
    }

    /// A straight stroke with square ends.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), thickness: f32, ink: Ink) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(f32::EPSILON);
        let (nx, ny) = (-dy / length * thickness / 2.0, dx / length * thickness / 2.0);
        let corners =
            [(from.0 + nx, from.1 + ny), (to.0 + nx, to.1 + ny), (to.0 - nx, to.1 - ny), (from.0 - nx, from.1 - ny)];
        self.polygon(&corners, ink);
    }

    /// Folds the samples down and encodes them as a PNG of indexed colour.
    pub fn encode(&self, palette: &Palette) -> Vec<u8> {
        let (width, height) = (self.width / SAMPLES, self.height / SAMPLES);
        let mut pixels = Vec::with_capacity(width * height);
        for rows in self.samples.chunks_exact(self.width * SAMPLES) {
            let (upper, lower) = rows.split_at(self.width);
            let mut x = 0;
            while x < self.width {
                let four = [upper[x], upper[x + 1], lower[x], lower[x + 1]];
                // Nearly every pixel lies inside one shape.
                let is_plain = four[0] == four[1] && four[2] == four[3] && four[0] == four[2];
                pixels.push(if is_plain { four[0] } else { blend(four) });
                x += SAMPLES;
            }
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width as u32, height as u32);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(colour_table(palette));
        encoder.set_compression(png::Compression::Balanced);
        // Runs of one index deflate best as they are.
        encoder.set_filter(png::Filter::NoFilter);
        // Writing to a Vec cannot fail, and header and data agree by construction.
        let mut writer = encoder.write_header().expect("an indexed header with its palette is valid");
        writer.write_image_data(&pixels).expect("there is one index for each pixel");
        drop(writer);
        file
    }

    fn rows(&self, top: f32, bottom: f32) -> std::ops::Range<usize> {
        let row = |y: f32| (y * self.scale).round().clamp(0.0, self.height as f32) as usize;
        row(top)..row(bottom)
    }

    fn height_of(&self, row: usize) -> f32 {
        (row as f32 + 0.5) / self.scale
    }

    fn span(&mut self, row: usize, left: f32, right: f32, ink: Ink) {
        let column = |x: f32| (x * self.scale).round().clamp(0.0, self.width as f32) as usize;
        let (first, end) = (column(left), column(right));
        if first < end {
            self.samples[row * self.width + first..row * self.width + end].fill(ink as u8);
        }
    }
}

/// The index for four samples: an ink, or a mixture of the two inks that meet there.
///
/// Where three meet, the lowest and the highest stand for all: it is one pixel.
fn blend(four: [u8; 4]) -> u8 {
    let low = four.into_iter().fold(u8::MAX, u8::min);
    let high = four.into_iter().fold(0, u8::max);
    if low == high {
        return low;
    }
    let of_high = four.iter().filter(|&&ink| ink == high).count().clamp(1, 3);
    mixture_index(usize::from(low), usize::from(high), of_high)
}

/// Where in the colour table the mixture of two inks stands that holds `of_high` quarters of the second.
fn mixture_index(low: usize, high: usize, of_high: usize) -> u8 {
    let pair = high * (high - 1) / 2 + low;
    (INKS + pair * 3 + of_high - 1) as u8
}

/// The inks, then for every pair of them the three steps between.
fn colour_table(palette: &Palette) -> Vec<u8> {
    let mut table: Vec<u8> = (0..INKS).flat_map(|ink| palette.rgb(ink)).collect();
    for high in 1..INKS {
        for low in 0..high {
            for quarters in 1..=3u16 {
                let (from, to) = (palette.rgb(low), palette.rgb(high));
                table.extend(
                    (0..3).map(|i| ((u16::from(from[i]) * (4 - quarters) + u16::from(to[i]) * quarters) / 4) as u8),
                );
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mixture_has_its_own_place_in_the_table() {
        let mut seen = std::collections::HashSet::new();
        for high in 1..INKS {
            for low in 0..high {
                for quarters in 1..=3 {
                    assert!(seen.insert(mixture_index(low, high, quarters)));
                }
            }
        }
        let colours = colour_table(&Palette([0; INKS])).len() / 3;
        assert_eq!(seen.len() + INKS, colours);
        assert!(seen.iter().all(|&index| (INKS..colours).contains(&usize::from(index))));
    }

    #[test]
    fn shapes_cover_what_they_should() {
        let mut canvas = Canvas::new(120, 80);
        canvas.rect(0.0, 0.0, 600.0, 800.0, Ink::Dark);
        canvas.disc(900.0, 400.0, 100.0, Ink::Accent);
        canvas.below(|_| 700.0, Ink::Light);
        let at = |x: usize, y: usize| canvas.samples[y / 5 * 240 + x / 5];
        assert_eq!(at(300, 400), Ink::Dark as u8);
        assert_eq!(at(900, 400), Ink::Accent as u8);
        assert_eq!(at(1020, 400), Ink::Ground as u8);
        assert_eq!(at(900, 790), Ink::Light as u8);
    }

    #[test]
    fn shapes_that_leave_the_plane_are_cut_off() {
        let mut canvas = Canvas::new(12, 8);
        canvas.disc(0.0, 0.0, 5000.0, Ink::Dark);
        canvas.polygon(&[(-100.0, -100.0), (1300.0, 400.0), (-100.0, 900.0)], Ink::Soft);
        canvas.line((-50.0, 400.0), (1250.0, 400.0), 80.0, Ink::Light);
        assert!(canvas.samples.iter().all(|&ink| ink != Ink::Ground as u8));
    }
}
