//! A plate as it will hang on the car: sizes, spacing and colours of GA 36.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Rect, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::{
    Fill, FillRule, LineCap, LineJoin, LinearGradient, SpreadMethod, Stop, Stroke,
};
use krilla::surface::Surface;
use xuanhao_vocabulary::{PlateClass, PlateNumber};

use super::error::{Error, Field};
use super::face::Face;
use super::stroke;

/// Height of a plate, in mm. The large one is the front plate.
pub(super) const HEIGHT: f32 = 140.0;

/// From the edge to the first and from the last character, in mm.
const EDGE: f32 = 15.5;

/// From the upper edge to the characters, in mm.
const TOP: f32 = (HEIGHT - stroke::HEIGHT) / 2.0;

/// Radius of the plate's corners, in mm.
const CORNER: f32 = 10.0;

/// Red, green and blue of the sRGB space. GA 36 gives colours of paint; these look like them.
type Rgb = (u8, u8, u8);

const WHITE: Rgb = (255, 255, 255);
const BLACK: Rgb = (0, 0, 0);
const BLUE: Rgb = (16, 62, 158);
const YELLOW: Rgb = (247, 190, 10);
const GREEN: Rgb = (64, 179, 108);
const PALE_GREEN: Rgb = (222, 241, 228);
const EMBLEM_GREEN: Rgb = (0, 104, 61);

/// What GA 36 fixes for the plates of a class, in mm.
#[derive(Debug)]
struct Standard {
    width: f32,
    /// Width of letters and digits; the province's character is always 45.
    character: f32,
    /// Between characters.
    gap: f32,
    /// Between the issuing letter and the serial, where the dot or emblem stands.
    separation: f32,
    ink: Rgb,
}

const ORDINARY: Standard = Standard {
    width: 440.0,
    character: 45.0,
    gap: 12.0,
    separation: 34.0,
    ink: BLACK,
};
const NEW_ENERGY: Standard = Standard {
    width: 480.0,
    character: 43.0,
    gap: 9.0,
    separation: 49.0,
    ink: BLACK,
};

impl Standard {
    fn of(class: PlateClass) -> Self {
        match class {
            PlateClass::Small => Self {
                ink: WHITE,
                ..ORDINARY
            },
            PlateClass::Large => ORDINARY,
            PlateClass::NevSmall | PlateClass::NevLarge => NEW_ENERGY,
        }
    }

    /// Where the issuing letter ends.
    fn separation_start(&self) -> f32 {
        EDGE + stroke::WIDTH + self.gap + self.character
    }
}

/// Draws a plate in mm from its upper left corner; the surface's transform sets the size.
pub(super) fn draw(
    surface: &mut Surface<'_>,
    plate: PlateNumber,
    class: PlateClass,
) -> Result<(), Error> {
    if plate.form() != class.form() {
        return Err(Error::PlateForm {
            field: Field::Plate,
        });
    }
    let standard = Standard::of(class);
    let text = plate.to_string();
    let mut characters = text.chars();
    let missing = |character| Error::MissingGlyph {
        field: Field::Plate,
        character,
    };

    ground(surface, &standard, class);
    let province = characters.next().ok_or(Error::Blank {
        field: Field::Plate,
    })?;
    ideograph(surface, province, standard.ink).ok_or_else(|| missing(province))?;
    separator(surface, &standard, class);
    let mut x = EDGE + stroke::WIDTH + standard.gap;
    for (index, c) in characters.enumerate() {
        character(surface, c, x, &standard).ok_or_else(|| missing(c))?;
        x += standard.character
            + if index == 0 {
                standard.separation
            } else {
                standard.gap
            };
    }
    Ok(())
}

/// The sheet and its border.
fn ground(surface: &mut Surface<'_>, standard: &Standard, class: PlateClass) {
    let sheet = rounded(0.0, 0.0, standard.width, HEIGHT, CORNER);
    surface.set_stroke(None);
    match class {
        PlateClass::Small => surface.set_fill(Some(plain(BLUE))),
        PlateClass::Large => surface.set_fill(Some(plain(YELLOW))),
        PlateClass::NevSmall => surface.set_fill(Some(vertical(PALE_GREEN, GREEN))),
        PlateClass::NevLarge => surface.set_fill(Some(plain(GREEN))),
    }
    surface.draw_path(&sheet);
    if class == PlateClass::NevLarge {
        // Yellow under the issuing code, green under the serial.
        let end = standard.separation_start() + 5.0;
        surface.push_clip_path(&sheet, &FillRule::NonZero);
        surface.set_fill(Some(plain(YELLOW)));
        surface.draw_path(&rectangle(0.0, 0.0, end, HEIGHT));
        surface.pop();
    }
    surface.set_fill(None);
    surface.set_stroke(Some(line(standard.ink, 2.4)));
    surface.draw_path(&rounded(
        4.2,
        4.2,
        standard.width - 8.4,
        HEIGHT - 8.4,
        CORNER - 3.2,
    ));
    surface.set_stroke(None);
}

/// The province's character, its ink stretched to the box every character has.
fn ideograph(surface: &mut Surface<'_>, c: char, ink: Rgb) -> Option<()> {
    // The face is drawn for square boxes: halving its width thins the upright strokes. So a light
    // face is taken, and a pen around its outline makes all strokes alike.
    const PEN: f32 = 2.6;
    let outline = Face::regular().outline(c)?;
    let bounds = outline.bounds;
    let scale_x = (stroke::WIDTH - PEN) / (bounds.right - bounds.left);
    let scale_y = (stroke::HEIGHT - PEN) / (bounds.top - bounds.bottom);
    let fit = Transform::from_row(
        scale_x,
        0.0,
        0.0,
        -scale_y,
        EDGE + PEN / 2.0 - bounds.left * scale_x,
        TOP + PEN / 2.0 + bounds.top * scale_y,
    );
    let path = outline.path.transform(fit)?;
    surface.set_fill(Some(plain(ink)));
    surface.set_stroke(Some(line(ink, PEN)));
    surface.draw_path(&path);
    surface.set_stroke(None);
    Some(())
}

/// A letter or digit, cut level at the edges of its box.
fn character(surface: &mut Surface<'_>, c: char, x: f32, standard: &Standard) -> Option<()> {
    let strokes = stroke::stroked(c)?;
    let narrow = standard.character / stroke::WIDTH;
    surface.push_transform(&Transform::from_row(narrow, 0.0, 0.0, 1.0, x, TOP));
    surface.push_clip_path(
        &rectangle(0.0, 0.0, stroke::WIDTH, stroke::HEIGHT),
        &FillRule::NonZero,
    );
    surface.set_fill(None);
    surface.set_stroke(Some(line(standard.ink, strokes.width)));
    surface.draw_path(&strokes.path);
    surface.set_stroke(None);
    surface.pop();
    surface.pop();
    Some(())
}

/// The dot of an ordinary plate, the emblem of a new-energy plate.
fn separator(surface: &mut Surface<'_>, standard: &Standard, class: PlateClass) {
    let (x, y) = (
        standard.separation_start() + standard.separation / 2.0,
        HEIGHT / 2.0,
    );
    surface.set_stroke(None);
    match class {
        PlateClass::Small | PlateClass::Large => {
            surface.set_fill(Some(plain(standard.ink)));
            surface.draw_path(&circle(x, y, 5.0));
        }
        PlateClass::NevSmall | PlateClass::NevLarge => emblem(surface, x, y),
    }
}

/// The emblem of new-energy plates: a plug in the shape of an E on a green disc.
fn emblem(surface: &mut Surface<'_>, x: f32, y: f32) {
    surface.set_fill(Some(plain(EMBLEM_GREEN)));
    surface.draw_path(&circle(x, y, 15.0));
    let mut plug = PathBuilder::new();
    plug.move_to(x + 8.5, y - 6.5);
    plug.line_to(x, y - 6.5);
    plug.cubic_to(x - 9.0, y - 6.5, x - 9.0, y + 6.5, x, y + 6.5);
    plug.line_to(x + 8.5, y + 6.5);
    plug.move_to(x + 6.0, y);
    plug.line_to(x - 15.0, y);
    if let Some(plug) = plug.finish() {
        surface.set_fill(None);
        surface.set_stroke(Some(line(WHITE, 3.6)));
        surface.draw_path(&plug);
        surface.set_stroke(None);
    }
}

fn paint((red, green, blue): Rgb) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn plain(color: Rgb) -> Fill {
    Fill {
        paint: paint(color).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

/// From the upper to the lower edge of the plate.
fn vertical(upper: Rgb, lower: Rgb) -> Fill {
    let stop = |offset: f32, color: Rgb| Stop {
        offset: NormalizedF32::new(offset).unwrap_or(NormalizedF32::ONE),
        color: paint(color).into(),
        opacity: NormalizedF32::ONE,
    };
    let gradient = LinearGradient {
        x1: 0.0,
        y1: 0.0,
        x2: 0.0,
        y2: HEIGHT,
        transform: Transform::identity(),
        spread_method: SpreadMethod::Pad,
        stops: vec![
            stop(0.0, upper),
            stop(0.12, upper),
            stop(0.95, lower),
            stop(1.0, lower),
        ],
        anti_alias: false,
    };
    Fill {
        paint: gradient.into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

fn line(color: Rgb, width: f32) -> Stroke {
    Stroke {
        paint: paint(color).into(),
        width,
        miter_limit: 12.0,
        line_cap: LineCap::Butt,
        line_join: LineJoin::Miter,
        opacity: NormalizedF32::ONE,
        dash: None,
    }
}

fn rectangle(x: f32, y: f32, width: f32, height: f32) -> Path {
    let mut path = PathBuilder::new();
    path.push_rect(Rect::from_xywh(x, y, width, height).expect("sizes here are constants above 0"));
    path.finish().expect("a rectangle is a path")
}

fn circle(x: f32, y: f32, radius: f32) -> Path {
    rounded(x - radius, y - radius, 2.0 * radius, 2.0 * radius, radius)
}

/// A rectangle with rounded corners.
pub(super) fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Path {
    // How far the handles of a quarter circle stay from its corner, as a share of the radius.
    let near = radius * (1.0 - 0.5523);
    let (right, bottom) = (x + width, y + height);
    let mut path = PathBuilder::new();
    path.move_to(x + radius, y);
    path.line_to(right - radius, y);
    path.cubic_to(right - near, y, right, y + near, right, y + radius);
    path.line_to(right, bottom - radius);
    path.cubic_to(
        right,
        bottom - near,
        right - near,
        bottom,
        right - radius,
        bottom,
    );
    path.line_to(x + radius, bottom);
    path.cubic_to(x + near, bottom, x, bottom - near, x, bottom - radius);
    path.line_to(x, y + radius);
    path.cubic_to(x, y + near, x + near, y, x + radius, y);
    path.close();
    path.finish().expect("a closed outline is a path")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GA 36: the characters, gaps and edges add up to the width of the plate.
    #[test]
    fn the_spacing_fills_the_plate() {
        for class in PlateClass::ALL {
            let standard = Standard::of(class);
            let serial = f32::from(class.serial_length());
            let end = standard.separation_start()
                + standard.separation
                + serial * standard.character
                + (serial - 1.0) * standard.gap
                + EDGE;
            assert!((end - standard.width).abs() < 1e-3, "{class}: {end}");
        }
    }
}
