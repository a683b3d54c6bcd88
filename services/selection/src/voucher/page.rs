//! The page: what stands where.
//!
//! Read from the top: what it is, the plate and the code, the day that must not be missed, whose and
//! which vehicle, what to bring, what else to know. All measures in mm from the upper left corner.

use std::num::NonZeroU16;

use krilla::geom::{Path, PathBuilder, Rect, Transform};
use krilla::paint::Stroke;
use krilla::tagging::{ListNumbering, TableHeaderScope, Tag};

use super::Voucher;
use super::canvas::{Canvas, Ink, Room, Style, Weight, mm};
use super::error::{Error, Field};
use super::plate;
use super::qr::Code;
use super::words::{self, Words};

/// A4.
pub(super) const WIDTH: f32 = 210.0;
pub(super) const HEIGHT: f32 = 297.0;

const LEFT: f32 = 20.0;
const RIGHT: f32 = WIDTH - LEFT;

/// Height of the plate on paper: a quarter of its real size.
const PLATE_HEIGHT: f32 = plate::HEIGHT / 4.0;

/// Side of the code. Its quiet zone is the white around it: four modules of a symbol that holds a
/// signed text are less than 2.5 mm.
const CODE: f32 = 42.0;

/// The right column begins here, in the table and in the list of papers.
const MIDDLE: f32 = 109.0;

const PLATE_TOP: f32 = 46.0;
const BAND_TOP: f32 = 103.0;
const TABLE_TOP: f32 = 142.5;
const FOOTER: f32 = 286.0;

const HEADING: Style = Style::chinese(Weight::Bold, 10.5);
const CAPTION: Style = Style::chinese(Weight::Regular, 10.0);
const VALUE: Style = Style::chinese(Weight::Regular, 12.0);
const NOTE: Style = Style::chinese(Weight::Regular, 9.0);
const LABEL: Style = Style::chinese(Weight::Regular, 8.0).ink(Ink::Grey);
const ENGLISH: Style = Style::english(7.5);

/// Draws the whole page. `code` carries the signed text.
pub(super) fn draw(canvas: &mut Canvas<'_>, voucher: &Voucher, code: &Code) -> Result<(), Error> {
    header(canvas, voucher)?;
    plate_and_code(canvas, voucher, code)?;
    deadline(canvas, voucher)?;
    let y = table(canvas, voucher)?;
    let y = papers(canvas, y + 9.5)?;
    let y = notes(canvas, y + 9.5, voucher)?;
    debug_assert!(
        y < FOOTER - 8.0,
        "the longest texts that fields allow end above the footer"
    );
    footer(canvas, voucher)
}

fn header(canvas: &mut Canvas<'_>, voucher: &Voucher) -> Result<(), Error> {
    let title = Some(words::TITLE.chinese.to_owned());
    canvas.within(Tag::Hn(NonZeroU16::MIN, title), |canvas| {
        let style = Style::chinese(Weight::Bold, 21.0);
        canvas.text(Field::Words, style, at(LEFT, 27.0), words::TITLE.chinese)
    })?;
    canvas.within(Tag::P, |canvas| {
        canvas.text(
            Field::Words,
            Style::english(9.5),
            at(LEFT, 33.0),
            words::TITLE.english,
        )
    })?;
    canvas.within(Tag::P, |canvas| {
        let english = canvas.text_to(
            Field::Words,
            ENGLISH,
            at(RIGHT, 33.0),
            words::NUMBER.english,
        )?;
        let x = RIGHT - (english / mm(1.0)) - 1.5;
        canvas.text_to(Field::Words, LABEL, at(x, 33.0), words::NUMBER.chinese)?;
        let style = Style::chinese(Weight::Bold, 14.0);
        canvas.text_to(
            Field::Words,
            style,
            at(RIGHT, 27.0),
            &voucher.number.to_string(),
        )
    })?;
    canvas.shape(&bar(LEFT, 37.5, RIGHT - LEFT, 0.6), Ink::Black);
    Ok(())
}

fn plate_and_code(canvas: &mut Canvas<'_>, voucher: &Voucher, code: &Code) -> Result<(), Error> {
    let class = words::class(voucher.class);
    let number = voucher.plate.dotted();
    canvas.figure(format!("{number}，{}", class.chinese), |surface| {
        let scale = mm(PLATE_HEIGHT) / plate::HEIGHT;
        let (x, y) = at(LEFT, PLATE_TOP);
        surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, x, y));
        let drawn = plate::draw(surface, voucher.plate, voucher.class);
        surface.pop();
        drawn
    })?;
    canvas.within(Tag::P, |canvas| {
        let y = PLATE_TOP + PLATE_HEIGHT + 7.0;
        let width = canvas.text(Field::Plate, CAPTION, at(LEFT, y), class.chinese)?;
        let x = LEFT + width / mm(1.0) + 2.5;
        canvas.text(Field::Plate, ENGLISH, at(x, y), class.english)
    })?;

    let left = RIGHT - CODE;
    canvas.figure(words::SCAN.chinese.to_owned(), |surface| {
        let Some(lines) = code.lines() else {
            return Ok(());
        };
        let scale = mm(CODE) / code.size() as f32;
        let (x, y) = at(left, PLATE_TOP);
        let y = y + scale / 2.0;
        surface.push_transform(&Transform::from_row(scale, 0.0, 0.0, scale, x, y));
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke::default()));
        surface.draw_path(&lines);
        surface.set_stroke(None);
        surface.pop();
        Ok(())
    })?;
    canvas.within(Tag::P, |canvas| {
        let y = PLATE_TOP + CODE + 5.5;
        let width = canvas.text(Field::Words, LABEL, at(left, y), words::SCAN.chinese)?;
        let x = left + width / mm(1.0) + 1.5;
        canvas.text(Field::Words, ENGLISH, at(x, y), words::SCAN.english)
    })?;
    Ok(())
}

/// The one thing that costs two years when it is overlooked, so it is the loudest on the page.
fn deadline(canvas: &mut Canvas<'_>, voucher: &Voucher) -> Result<(), Error> {
    const BAND_HEIGHT: f32 = 31.0;
    const FLAG: f32 = 42.0;
    canvas.shape(&bar(LEFT, BAND_TOP, FLAG, BAND_HEIGHT), Ink::Black);
    canvas.outline(&bar(LEFT, BAND_TOP, RIGHT - LEFT, BAND_HEIGHT), 1.2);
    canvas.within(Tag::P, |canvas| {
        let style = Style::chinese(Weight::Bold, 16.0).ink(Ink::White);
        canvas.text(
            Field::Words,
            style,
            at(LEFT + 6.0, BAND_TOP + 15.5),
            words::DEADLINE.chinese,
        )?;
        let style = Style::english(8.0).ink(Ink::White);
        canvas.text(
            Field::Words,
            style,
            at(LEFT + 6.0, BAND_TOP + 21.5),
            words::DEADLINE.english,
        )
    })?;
    canvas.within(Tag::P, |canvas| {
        let x = LEFT + FLAG + 7.0;
        let (chinese, english) = words::day(voucher.deadline);
        let style = Style::chinese(Weight::Bold, 25.0);
        let width = canvas.text(Field::Words, style, at(x, BAND_TOP + 12.5), &chinese)?;
        let after = x + width / mm(1.0) + 4.0;
        let style = Style::chinese(Weight::Bold, 13.0);
        let weekday = words::weekday(voucher.deadline);
        canvas.text(Field::Words, style, at(after, BAND_TOP + 12.5), weekday)?;
        canvas.text(
            Field::Words,
            Style::english(9.0),
            at(x, BAND_TOP + 18.0),
            &english,
        )?;
        canvas.text(
            Field::Words,
            NOTE,
            at(x, BAND_TOP + 23.8),
            words::WHERE.chinese,
        )?;
        canvas.text(
            Field::Words,
            ENGLISH,
            at(x, BAND_TOP + 27.6),
            words::WHERE.english,
        )
    })?;
    Ok(())
}

/// A field of the table: what it is called, and its value.
struct Cell {
    words: Words,
    field: Field,
    style: Style,
    value: String,
}

fn cells(voucher: &Voucher) -> [[Cell; 2]; 4] {
    let cell = |words, field, value: String| Cell {
        words,
        field,
        style: VALUE,
        value,
    };
    let strong = Style::chinese(Weight::Bold, 12.0);
    [
        [
            cell(words::FULL_NAME, Field::FullName, voucher.full_name.clone()),
            cell(
                words::RESIDENT_ID,
                Field::ResidentId,
                voucher.resident_id.clone(),
            ),
        ],
        [
            cell(words::VIN, Field::Words, words::grouped(voucher.vin)),
            cell(words::VEHICLE, Field::Vehicle, voucher.vehicle.clone()),
        ],
        [
            Cell {
                style: strong,
                ..cell(words::PLATE, Field::Plate, voucher.plate.dotted())
            },
            cell(
                words::CLASS,
                Field::Plate,
                voucher.class.chinese().to_owned(),
            ),
        ],
        [
            cell(
                words::DECIDED_AT,
                Field::Words,
                words::instant(voucher.decided_at),
            ),
            cell(
                words::OFFICE,
                Field::OfficeName,
                voucher.office_name.clone(),
            ),
        ],
    ]
}

/// Answers where the table ends.
fn table(canvas: &mut Canvas<'_>, voucher: &Voucher) -> Result<f32, Error> {
    const LINE: f32 = 5.2;
    let mut top = TABLE_TOP;
    canvas.within(Tag::Table, |canvas| {
        for row in &cells(voucher) {
            canvas.shape(&bar(LEFT, top, RIGHT - LEFT, 0.15), Ink::Grey);
            let mut bottom = top + 10.5;
            for (cell, left, right) in [(&row[0], LEFT, MIDDLE - 7.0), (&row[1], MIDDLE, RIGHT)] {
                let room = Room {
                    width: mm(right - left),
                    leading: mm(LINE),
                    lines: 2,
                };
                bottom = bottom.max(draw_cell(canvas, cell, (left, top), room)?);
            }
            top = bottom + 3.0;
        }
        canvas.shape(&bar(LEFT, top, RIGHT - LEFT, 0.15), Ink::Grey);
        Ok(top)
    })
}

/// Answers the baseline of the value's last line.
fn draw_cell(
    canvas: &mut Canvas<'_>,
    cell: &Cell,
    (left, top): (f32, f32),
    room: Room,
) -> Result<f32, Error> {
    canvas.within(Tag::TR, |canvas| {
        canvas.within(Tag::TH(TableHeaderScope::Row), |canvas| {
            let (x, y) = (left, top + 4.6);
            let width = canvas.text(Field::Words, LABEL, at(x, y), cell.words.chinese)?;
            let x = x + width / mm(1.0) + 1.8;
            canvas.text(Field::Words, ENGLISH, at(x, y), cell.words.english)
        })?;
        let last = canvas.within(Tag::TD, |canvas| {
            canvas.paragraph(
                cell.field,
                cell.style,
                at(left, top + 10.5),
                &cell.value,
                room,
            )
        })?;
        Ok(last / mm(1.0))
    })
}

/// A box to tick for each paper. Answers the last baseline.
fn papers(canvas: &mut Canvas<'_>, y: f32) -> Result<f32, Error> {
    heading(canvas, y, words::BRING)?;
    let column = (RIGHT - LEFT) / words::PAPERS.len() as f32;
    canvas.within(Tag::L(ListNumbering::None), |canvas| {
        for (index, paper) in words::PAPERS.iter().enumerate() {
            let x = LEFT + index as f32 * column;
            canvas.outline(&bar(x + 0.2, y + 4.6, 3.6, 3.6), 0.7);
            canvas.within(Tag::LI, |canvas| {
                canvas.within(Tag::LBody, |canvas| {
                    let style = Style::chinese(Weight::Regular, 10.5);
                    canvas.text(Field::Words, style, at(x + 6.0, y + 7.8), paper.chinese)?;
                    canvas.text(Field::Words, ENGLISH, at(x + 6.0, y + 11.8), paper.english)
                })
            })?;
        }
        Ok(y + 11.8)
    })
}

/// Answers the last baseline.
fn notes(canvas: &mut Canvas<'_>, y: f32, voucher: &Voucher) -> Result<f32, Error> {
    heading(canvas, y, words::NOTES)?;
    let (late_chinese, late_english) = words::late(voucher.ban_years);
    let notes = [
        (late_chinese.as_str(), late_english.as_str()),
        (words::BOUND.chinese, words::BOUND.english),
        (words::GENUINE.chinese, words::GENUINE.english),
    ];
    let room = |leading: f32| Room {
        width: mm(RIGHT - LEFT - 6.0),
        leading: mm(leading),
        lines: 2,
    };
    let mut baseline = y + 6.2;
    canvas.within(Tag::L(ListNumbering::Decimal), |canvas| {
        for (index, (chinese, english)) in notes.into_iter().enumerate() {
            let number = (index + 1).to_string();
            baseline = canvas.within(Tag::LI, |canvas| {
                canvas.within(Tag::Lbl, |canvas| {
                    canvas.text(Field::Words, NOTE, at(LEFT, baseline), &number)
                })?;
                canvas.within(Tag::LBody, |canvas| {
                    let from = at(LEFT + 6.0, baseline);
                    let last = canvas.paragraph(Field::Words, NOTE, from, chinese, room(4.6))?;
                    let from = (from.0, last + mm(3.9));
                    canvas.paragraph(Field::Words, ENGLISH, from, english, room(3.6))
                })
            })? / mm(1.0);
            baseline += 6.4;
        }
        Ok(baseline - 6.4)
    })
}

fn footer(canvas: &mut Canvas<'_>, voucher: &Voucher) -> Result<(), Error> {
    canvas.shape(&bar(LEFT, FOOTER - 4.5, RIGHT - LEFT, 0.15), Ink::Grey);
    canvas.within(Tag::P, |canvas| {
        let province = voucher.office.province().province().name;
        let title = format!("{} · {province}", words::TITLE.chinese);
        canvas.text(Field::Words, LABEL, at(LEFT, FOOTER), &title)?;
        let reference = format!("{}  {}", voucher.plate.dotted(), voucher.number);
        canvas.text_to(Field::Words, LABEL, at(RIGHT, FOOTER), &reference)
    })?;
    Ok(())
}

fn heading(canvas: &mut Canvas<'_>, y: f32, words: Words) -> Result<(), Error> {
    let level = NonZeroU16::MIN.saturating_add(1);
    canvas.within(Tag::Hn(level, Some(words.chinese.to_owned())), |canvas| {
        let width = canvas.text(Field::Words, HEADING, at(LEFT, y), words.chinese)?;
        canvas.text(
            Field::Words,
            ENGLISH,
            at(LEFT + width / mm(1.0) + 2.0, y),
            words.english,
        )
    })?;
    Ok(())
}

/// A point given in mm.
const fn at(x: f32, y: f32) -> (f32, f32) {
    (mm(x), mm(y))
}

/// A filled rectangle given in mm; thin ones are rules.
fn bar(x: f32, y: f32, width: f32, height: f32) -> Path {
    let rect = Rect::from_xywh(mm(x), mm(y), mm(width), mm(height));
    let mut path = PathBuilder::new();
    path.push_rect(rect.expect("sizes on the page are constants above 0"));
    path.finish().expect("a rectangle is a path")
}
