//! The page under the pen: text, rules and figures, each with its place in the reading order.

use krilla::color::{luma, rgb};
use krilla::geom::{Path, Point};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Node, SpanTag, Tag, TagGroup, TagKind, TagTree,
};

use super::error::{Error, Field};
use super::face::Face;
use super::wrap::wrap;

/// Millimetres in points, the unit of the page.
pub(super) const fn mm(length: f32) -> f32 {
    length * 72.0 / 25.4
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) weight: Weight,
    /// In points.
    pub(super) size: f32,
    pub(super) ink: Ink,
    pub(super) language: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// Greys only: the voucher must read the same from a black-and-white printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Grey,
    White,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Chinese,
    English,
}

impl Style {
    pub(super) const fn chinese(weight: Weight, size: f32) -> Self {
        Self {
            weight,
            size,
            ink: Ink::Black,
            language: Language::Chinese,
        }
    }

    pub(super) const fn english(size: f32) -> Self {
        Self {
            weight: Weight::Regular,
            size,
            ink: Ink::Grey,
            language: Language::English,
        }
    }

    pub(super) const fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    fn face(self) -> &'static Face {
        match self.weight {
            Weight::Regular => Face::regular(),
            Weight::Bold => Face::bold(),
        }
    }
}

impl Ink {
    fn fill(self) -> Fill {
        let grey = match self {
            Self::Black => 0,
            Self::Grey => 96,
            Self::White => 255,
        };
        Fill {
            paint: luma::Color::new(grey).into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::NonZero,
        }
    }
}

impl Language {
    fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// A surface, and the tags that are open on it.
pub(super) struct Canvas<'a> {
    surface: Surface<'a>,
    open: Vec<TagGroup>,
}

impl<'a> Canvas<'a> {
    pub(super) fn new(surface: Surface<'a>) -> Self {
        Self {
            surface,
            open: vec![TagGroup::new(Tag::Part)],
        }
    }

    /// Everything drawn, in reading order.
    pub(super) fn finish(mut self) -> TagTree {
        self.surface.finish();
        let mut tree = TagTree::new().with_lang(Some(Language::Chinese.tag().to_owned()));
        for group in self.open.drain(..) {
            tree.push(group);
        }
        tree
    }

    /// Puts what `draw` draws under a tag.
    pub(super) fn within<T>(
        &mut self,
        tag: impl Into<TagKind>,
        draw: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.open.push(TagGroup::new(tag));
        let drawn = draw(self);
        if let Some(group) = self.open.pop() {
            self.push(group);
        }
        drawn
    }

    fn push(&mut self, node: impl Into<Node>) {
        if let Some(group) = self.open.last_mut() {
            group.push(node);
        }
    }

    /// A line of text from `x` on, on a baseline at `y`. Answers its width.
    pub(super) fn text(
        &mut self,
        field: Field,
        style: Style,
        (x, y): (f32, f32),
        text: &str,
    ) -> Result<f32, Error> {
        let face = style.face();
        let run = face
            .line(text)
            .map_err(|character| Error::MissingGlyph { field, character })?;
        let span = SpanTag::empty().with_lang(Some(style.language.tag()));
        let id = self.surface.start_tagged(ContentTag::Span(span));
        self.surface.set_fill(Some(style.ink.fill()));
        self.surface.set_stroke(None);
        let start = Point::from_xy(x, y);
        self.surface
            .draw_glyphs(start, &run.glyphs, face.font(), text, style.size, false);
        self.surface.end_tagged();
        self.push(id);
        Ok(run.width * style.size)
    }

    /// A line of text that ends at `x`.
    pub(super) fn text_to(
        &mut self,
        field: Field,
        style: Style,
        (x, y): (f32, f32),
        text: &str,
    ) -> Result<f32, Error> {
        let width = self.width(field, style, text)?;
        self.text(field, style, (x - width, y), text)
    }

    /// How wide a line is.
    pub(super) fn width(&self, field: Field, style: Style, text: &str) -> Result<f32, Error> {
        let run = style.face().line(text);
        let run = run.map_err(|character| Error::MissingGlyph { field, character })?;
        Ok(run.width * style.size)
    }

    /// A text over as many lines as it needs, the first on a baseline at `y`. Answers the last
    /// line's baseline.
    pub(super) fn paragraph(
        &mut self,
        field: Field,
        style: Style,
        (x, y): (f32, f32),
        text: &str,
        room: Room,
    ) -> Result<f32, Error> {
        if text.trim().is_empty() {
            return Err(Error::Blank { field });
        }
        let face = style.face();
        // A character without advance has no glyph: the line that holds it names it.
        let advance = |c| face.advance(c).unwrap_or_default() * style.size;
        let lines = wrap(text, room.width, advance);
        if lines.len() > room.lines {
            return Err(Error::TooLong { field });
        }
        let mut baseline = y;
        for (index, line) in lines.iter().enumerate() {
            baseline = y + index as f32 * room.leading;
            self.text(field, style, (x, baseline), line)?;
        }
        Ok(baseline)
    }

    /// A shape that says nothing: rules, boxes, grounds.
    pub(super) fn shape(&mut self, path: &Path, ink: Ink) {
        self.decorate(|surface| {
            surface.set_fill(Some(ink.fill()));
            surface.set_stroke(None);
            surface.draw_path(path);
        });
    }

    /// The outline of a shape that says nothing.
    pub(super) fn outline(&mut self, path: &Path, width: f32) {
        self.decorate(|surface| {
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke {
                paint: rgb::Color::black().into(),
                width,
                ..Stroke::default()
            }));
            surface.draw_path(path);
            surface.set_stroke(None);
        });
    }

    fn decorate(&mut self, draw: impl FnOnce(&mut Surface<'a>)) {
        let artifact = Artifact::with_kind(ArtifactType::Layout);
        self.surface.start_tagged(ContentTag::Artifact(artifact));
        draw(&mut self.surface);
        self.surface.end_tagged();
    }

    /// A picture, with the words that stand for it when it cannot be seen.
    pub(super) fn figure(
        &mut self,
        alternative: String,
        draw: impl FnOnce(&mut Surface<'a>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.within(Tag::Figure(Some(alternative)), |canvas| {
            let id = canvas.surface.start_tagged(ContentTag::Other);
            let drawn = draw(&mut canvas.surface);
            canvas.surface.end_tagged();
            canvas.push(id);
            drawn
        })
    }
}

/// The room a paragraph has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// In points.
    pub(super) width: f32,
    /// From baseline to baseline, in points.
    pub(super) leading: f32,
    /// The most lines it may take.
    pub(super) lines: usize,
}
