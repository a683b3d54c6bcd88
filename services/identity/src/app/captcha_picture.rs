//! Drawing picture codes: letters set unevenly, bent along a wave, crossed by lines and specks.
//! Enough against the simplest readers, legible for people; what protects a number are its caps.

use std::f32::consts::TAU;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use ab_glyph::{Font, FontRef, PxScale, point};
use tokio::sync::Semaphore;
use xuanhao_chassis::random::SecureRandom;

const WIDTH: usize = 150;
const HEIGHT: usize = 50;
/// Height of a letter and its room, in points of the normal size.
const LETTER: f32 = 40.0;
const ROOM: f32 = 27.0;
const LINES: usize = 4;
const SPECKS: usize = 120;

/// A request waits that long for its turn to be drawn.
const PATIENCE: Duration = Duration::from_secs(1);

static FONT: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(include_bytes!("../../assets/captcha.ttf"))
        .expect("the font is part of the program and tested")
});

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many pictures at once.
    #[error("too many pictures at once")]
    Busy,
    /// The picture could not be written.
    #[error("the picture could not be encoded")]
    Encode(#[from] png::EncodingError),
    /// The thread ended early.
    #[error("the drawing thread ended early")]
    Thread(#[from] tokio::task::JoinError),
}

/// Draws, a fixed number at a time. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Easel {
    turns: Arc<Semaphore>,
    random: SecureRandom,
}

/// How large a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 150 × 50 points.
    Normal,
    /// Twice that, for those who ask.
    Double,
}

impl Size {
    const fn scale(self) -> usize {
        match self {
            Self::Normal => 1,
            Self::Double => 2,
        }
    }
}

impl Easel {
    /// So many pictures at a time.
    pub fn new(concurrent: usize, random: SecureRandom) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(concurrent)),
            random,
        }
    }

    /// The picture of a text, as PNG.
    ///
    /// # Errors
    /// [`Error::Busy`] when too many are being drawn.
    pub async fn draw(&self, text: String, size: Size) -> Result<Vec<u8>, Error> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned());
        let turn = turn.await.map_err(|_| Error::Busy)?;
        let random = self.random.clone();
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            encode(&draw(&text, size, &random))
        })
        .await?
    }
}

/// How dark each point is, 0 to 1.
struct Canvas {
    width: usize,
    height: usize,
    ink: Vec<f32>,
}

impl Canvas {
    fn blank(size: Size) -> Self {
        let (width, height) = (WIDTH * size.scale(), HEIGHT * size.scale());
        Self {
            width,
            height,
            ink: vec![0.0; width * height],
        }
    }

    fn put(&mut self, x: f32, y: f32, ink: f32) {
        let inside = |at: f32, end: usize| (0.0..end as f32).contains(&at).then_some(at as usize);
        if let (Some(x), Some(y)) = (inside(x, self.width), inside(y, self.height)) {
            let point = &mut self.ink[y * self.width + x];
            *point = point.max(ink);
        }
    }
}

fn draw(text: &str, size: Size, random: &SecureRandom) -> Canvas {
    let scale = size.scale() as f32;
    let mut canvas = Canvas::blank(size);
    let (phase, depth) = (between(random, 0.0, TAU), between(random, 1.5, 3.0) * scale);
    let length = between(random, 60.0, 110.0) * scale;
    // Every letter and line is bent along the same wave, so that neither can be told by its bend.
    let bent = |x: f32, y: f32| (x, y + depth * (x / length * TAU + phase).sin());
    for (index, letter) in text.chars().enumerate() {
        let height = LETTER * scale * between(random, 0.85, 1.05);
        let left = (8.0 + ROOM * index as f32 + between(random, -2.0, 3.0)) * scale;
        let base = (37.0 + between(random, -3.0, 3.0)) * scale;
        let glyph = FONT
            .glyph_id(letter)
            .with_scale_and_position(PxScale::from(height), point(left, base));
        if let Some(outline) = FONT.outline_glyph(glyph) {
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, ink| {
                let (x, y) = bent(corner.x + x as f32, corner.y + y as f32);
                canvas.put(x, y, ink);
            });
        }
    }
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    for _ in 0..LINES {
        let (from, to) = (between(random, 0.0, height), between(random, 0.0, height));
        let steps = canvas.width * 2;
        for step in 0..steps {
            let along = step as f32 / steps as f32;
            let (x, y) = bent(width * along, from + (to - from) * along);
            canvas.put(x, y, 0.7);
        }
    }
    for _ in 0..SPECKS {
        canvas.put(
            between(random, 0.0, width),
            between(random, 0.0, height),
            0.6,
        );
    }
    canvas
}

/// Dark blue on near white, told apart also by those who see no colours.
fn encode(canvas: &Canvas) -> Result<Vec<u8>, Error> {
    const PAPER: [f32; 3] = [246.0, 248.0, 250.0];
    const INK: [f32; 3] = [24.0, 46.0, 96.0];
    let shade = |ink: &f32| {
        let ink = ink.clamp(0.0, 1.0);
        [0, 1, 2].map(|colour| (PAPER[colour] + (INK[colour] - PAPER[colour]) * ink) as u8)
    };
    let pixels: Vec<u8> = canvas.ink.iter().flat_map(shade).collect();
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, side(canvas.width), side(canvas.height));
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(png)
}

/// A number from `low` to `high`.
fn between(random: &SecureRandom, low: f32, high: f32) -> f32 {
    const STEPS: u16 = 4_096;
    let step = u16::try_from(random.below(u64::from(STEPS))).unwrap_or_default();
    low + (high - low) * f32::from(step) / f32::from(STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::captcha::CHARACTERS;

    #[test]
    fn the_font_has_every_character() {
        for character in CHARACTERS {
            let glyph = FONT.glyph_id(*character).with_scale(20.0);
            assert!(FONT.outline_glyph(glyph).is_some(), "{character}");
        }
    }

    #[tokio::test]
    async fn a_picture_is_a_png_of_its_size_and_never_twice_the_same() {
        let easel = Easel::new(1, SecureRandom::system());
        for (size, width, height) in [(Size::Normal, 150, 50), (Size::Double, 300, 100)] {
            let png = easel.draw("A3CDE".to_owned(), size).await.unwrap();
            let reader = png::Decoder::new(std::io::Cursor::new(&png))
                .read_info()
                .unwrap();
            assert_eq!((reader.info().width, reader.info().height), (width, height));
            assert_ne!(png, easel.draw("A3CDE".to_owned(), size).await.unwrap());
        }
    }

    #[test]
    fn letters_leave_ink_in_their_places() {
        let canvas = draw("MMMMM", Size::Normal, &SecureRandom::seeded(3));
        let dark = |from: usize, to: usize| {
            let points = (0..HEIGHT).flat_map(|y| (from..to).map(move |x| y * WIDTH + x));
            points.filter(|point| canvas.ink[*point] > 0.9).count()
        };
        for letter in 0..5 {
            assert!(
                dark(8 + 27 * letter, 35 + 27 * letter) > 80,
                "letter {letter}"
            );
        }
        assert!(dark(0, 5) < 30);
    }
}
