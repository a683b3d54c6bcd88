//! The two embedded fonts: which characters they have, how wide a text is, what a glyph looks like.

use std::fmt;
use std::sync::LazyLock;

use krilla::geom::{Path, PathBuilder};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};

/// Covers every Hanzi a name may hold; only what a voucher uses goes into its file.
static REGULAR: LazyLock<Face> =
    LazyLock::new(|| Face::new(include_bytes!("../../assets/NotoSansSC-Regular.ttf")));

/// Covers the voucher's own words and the plates: common Hanzi only, so nothing typed by people.
static BOLD: LazyLock<Face> =
    LazyLock::new(|| Face::new(include_bytes!("../../assets/NotoSansSC-Bold-gb2312.ttf")));

/// A font, read once.
pub(super) struct Face {
    font: Font,
    file: FontRef<'static>,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
}

/// A line of glyphs ready to be drawn at any size.
pub(super) struct Run {
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// In em.
    pub(super) width: f32,
}

impl Face {
    /// For text in which any character may occur.
    pub(super) fn regular() -> &'static Self {
        &REGULAR
    }

    /// For the voucher's own words and for plates.
    pub(super) fn bold() -> &'static Self {
        &BOLD
    }

    fn new(data: &'static [u8]) -> Self {
        let file = FontRef::new(data).expect("the embedded fonts are read by the tests");
        let font = Font::new(data.into(), 0).expect("the embedded fonts are read by the tests");
        Self {
            charmap: file.charmap(),
            metrics: file.glyph_metrics(Size::unscaled(), LocationRef::default()),
            units_per_em: font.units_per_em(),
            font,
            file,
        }
    }

    /// The font as the document embeds it.
    pub(super) fn font(&self) -> Font {
        self.font.clone()
    }

    /// Lays a text out in one line, or names the first character that the font cannot draw.
    ///
    /// One glyph a character: Chinese and the few Latin words here need no shaping.
    pub(super) fn line(&self, text: &str) -> Result<Run, char> {
        let mut width = 0.0;
        let mut glyphs = Vec::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            let (glyph, advance) = self.glyph(c).ok_or(c)?;
            let range = at..at + c.len_utf8();
            let glyph = GlyphId::new(glyph.to_u32());
            glyphs.push(KrillaGlyph::new(glyph, advance, 0.0, 0.0, 0.0, range, None));
            width += advance;
        }
        Ok(Run { glyphs, width })
    }

    /// The advance of a character in em, if the font has it.
    pub(super) fn advance(&self, c: char) -> Option<f32> {
        self.glyph(c).map(|(_, advance)| advance)
    }

    fn glyph(&self, c: char) -> Option<(skrifa::GlyphId, f32)> {
        // A private-use character means something else in every system it passed through.
        if c.is_control() || is_private_use(c) {
            return None;
        }
        let glyph = self.charmap.map(c).filter(|glyph| glyph.to_u32() != 0)?;
        Some((
            glyph,
            self.metrics.advance_width(glyph)? / self.units_per_em,
        ))
    }

    /// The outline of a character and its bounds, in font units, y upwards.
    pub(super) fn outline(&self, c: char) -> Option<Outline> {
        let (glyph, _) = self.glyph(c)?;
        let mut tracer = Tracer {
            path: PathBuilder::new(),
            bounds: Bounds::EMPTY,
        };
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        self.file
            .outline_glyphs()
            .get(glyph)?
            .draw(settings, &mut tracer)
            .ok()?;
        Some(Outline {
            path: tracer.path.finish()?,
            bounds: tracer.bounds,
        })
    }
}

/// The three private-use areas of Unicode.
fn is_private_use(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}')
}

impl fmt::Debug for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Face").finish_non_exhaustive()
    }
}

/// A glyph's outline.
pub(super) struct Outline {
    pub(super) path: Path,
    pub(super) bounds: Bounds,
}

/// The box around an outline's points. The curves of these fonts turn at their points, so it is
/// the box around the ink too.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) left: f32,
    pub(super) bottom: f32,
    pub(super) right: f32,
    pub(super) top: f32,
}

impl Bounds {
    const EMPTY: Self = Self {
        left: f32::INFINITY,
        bottom: f32::INFINITY,
        right: f32::NEG_INFINITY,
        top: f32::NEG_INFINITY,
    };

    fn take(&mut self, x: f32, y: f32) {
        self.left = self.left.min(x);
        self.right = self.right.max(x);
        self.bottom = self.bottom.min(y);
        self.top = self.top.max(y);
    }
}

struct Tracer {
    path: PathBuilder,
    bounds: Bounds,
}

impl OutlinePen for Tracer {
    fn move_to(&mut self, x: f32, y: f32) {
        self.bounds.take(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.bounds.take(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.bounds.take(x, y);
        self.path.quad_to(cx, cy, x, y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.bounds.take(x, y);
        self.path.cubic_to(cx0, cy0, cx1, cy1, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use xuanhao_vocabulary::Province;

    use super::*;

    #[test]
    fn rare_names_have_their_glyphs() {
        // Of the national table of standard characters (2013), also beyond the basic plane.
        for c in "㛃䶮龘爨犇堃喆翀祎玥璟𠅤𪟝𫍯𫍲𫖯𫖮𬀩𬍛𬱖𬱟𬶏·".chars()
        {
            assert!(
                Face::regular().advance(c).is_some(),
                "{c} U+{:04X}",
                u32::from(c)
            );
        }
    }

    #[test]
    fn what_has_no_glyph_is_named() {
        for c in [
            '\u{10FFFD}',
            '\u{E123}',
            '\n',
            '\u{7}',
            '\u{2A6D6}',
            '\u{E0100}',
            '😀',
        ] {
            assert_eq!(Face::regular().line(&format!("王{c}")).err(), Some(c));
        }
    }

    #[test]
    fn every_province_can_stand_on_a_plate() {
        for province in Province::all() {
            assert!(Face::bold().advance(province.ideograph).is_some());
            let outline = Face::regular().outline(province.ideograph).unwrap();
            let Bounds {
                left,
                bottom,
                right,
                top,
            } = outline.bounds;
            assert!(
                right - left > 700.0 && top - bottom > 700.0,
                "{}",
                province.name
            );
        }
    }

    #[test]
    fn chinese_characters_are_one_em_wide() {
        let run = Face::regular().line("选号").unwrap();
        assert!((run.width - 2.0).abs() < 1e-3);
    }
}
