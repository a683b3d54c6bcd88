//! `xuanctl mask`: works out what a segment mask holds, before anybody releases it.

use std::io;

use clap::{Args, Subcommand};
use serde::Serialize;
use xuanhao_vocabulary::{Finding, PlateClass, PlateMask, PlateNumber, Province, Serial};

use crate::output::{Format, Output, Verdict, bilingual, complain, sentence};

#[derive(Debug, Args)]
pub(crate) struct Mask {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// 号码数量 · How many numbers masks hold
    Count {
        /// 例如 · Such as "DD[AB]LD"
        #[arg(required = true, value_name = "MASK", value_parser = read_mask)]
        masks: Vec<PlateMask>,
        /// 核对号牌种类 · Check that the masks fit a class of plate
        #[arg(long)]
        class: Option<PlateClass>,
    },
    /// 列出序号 · List the serials of a mask
    List {
        #[arg(value_name = "MASK", value_parser = read_mask)]
        mask: PlateMask,
        /// 最多列出个数 · List at most so many
        #[arg(long, default_value_t = 100)]
        limit: u64,
        /// 从第几个开始，首个为0 · Begin with this rank; the first is 0
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// 号码是否在号段内 · Whether numbers are in a mask
    Contains {
        #[arg(value_name = "MASK", value_parser = read_mask)]
        mask: PlateMask,
        /// 序号或完整号牌号码 · Serials such as A1234 or whole numbers such as 粤GA1234
        #[arg(required = true, value_name = "PLATE")]
        plates: Vec<String>,
    },
}

fn read_mask(text: &str) -> Result<PlateMask, String> {
    PlateMask::parse(text).map_err(|refusal| sentence(&refusal))
}

#[derive(Debug, Serialize)]
struct Counted {
    mask: PlateMask,
    count: u64,
}

#[derive(Debug, Serialize)]
struct Contained {
    value: String,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u8>,
    reason: String,
}

impl Mask {
    pub(crate) fn run(self, output: &mut Output) -> io::Result<Verdict> {
        let format = output.format();
        match self.question {
            Question::Count { masks, class } => count(output, format, masks, class),
            Question::List { mask, limit, from } => list(output, format, &mask, limit, from),
            Question::Contains { mask, plates } => contains(output, format, &mask, &plates),
        }
    }
}

/// Only the counts, one a line in the order of the masks, for use in scripts.
fn count(
    output: &mut Output,
    format: Format,
    masks: Vec<PlateMask>,
    class: Option<PlateClass>,
) -> io::Result<Verdict> {
    let misfits = masks
        .iter()
        .filter_map(|mask| Some((mask, mask.check_class(class?).err()?)));
    let misfits: Vec<_> = misfits
        .map(|(mask, misfit)| format!("{mask}: {}", sentence(&misfit)))
        .collect();
    if !misfits.is_empty() {
        misfits.iter().for_each(|line| complain(line));
        return Ok(Verdict::NotFine);
    }
    match format {
        Format::Table => masks
            .iter()
            .try_for_each(|mask| output.line(&mask.count().to_string()))?,
        Format::Json => {
            let counted = |mask: PlateMask| Counted {
                count: mask.count(),
                mask,
            };
            output.json(&masks.into_iter().map(counted).collect::<Vec<_>>())?;
        }
    }
    Ok(Verdict::Fine)
}

fn list(
    output: &mut Output,
    format: Format,
    mask: &PlateMask,
    limit: u64,
    from: u64,
) -> io::Result<Verdict> {
    let end = from.saturating_add(limit).min(mask.count());
    let mut serials = (from..end).filter_map(|rank| mask.unrank(rank));
    match format {
        Format::Table => serials.try_for_each(|serial| output.line(serial.as_str()))?,
        Format::Json => output.json(&serials.collect::<Vec<Serial>>())?,
    }
    if end < mask.count() {
        let left = mask.count() - end;
        complain(&bilingual(
            &format!("其后还有{left}个"),
            &format!("{left} more follow"),
        ));
    }
    Ok(Verdict::Fine)
}

fn contains(
    output: &mut Output,
    format: Format,
    mask: &PlateMask,
    plates: &[String],
) -> io::Result<Verdict> {
    let answers: Vec<_> = plates.iter().map(|text| contained(mask, text)).collect();
    match format {
        Format::Json => output.json(&answers)?,
        Format::Table => {
            let row = |a: &Contained| [a.value.clone(), a.verdict.to_owned(), a.reason.clone()];
            output.columns(&answers.iter().map(row).collect::<Vec<_>>())?;
        }
    }
    Ok(Verdict::fine_if(
        answers.iter().all(|answer| answer.verdict == "yes"),
    ))
}

/// The issuing code of a whole number is left aside: a mask says nothing of it.
fn contained(mask: &PlateMask, text: &str) -> Contained {
    let whole = text
        .trim_start()
        .starts_with(|c| Province::by_ideograph(c).is_some());
    let serial = if whole {
        PlateNumber::parse(text).map(|plate| plate.serial())
    } else {
        Serial::parse(text)
    };
    let value = text.to_owned();
    match serial {
        Err(refusal) => Contained {
            value,
            verdict: "invalid",
            rank: None,
            code: Some(refusal.code()),
            position: refusal.position(),
            reason: sentence(&refusal),
        },
        Ok(serial) => {
            let rank = mask.rank(&serial);
            let reason = match rank {
                Some(rank) => bilingual(
                    &format!("号段内序位{rank}"),
                    &format!("rank {rank} in the mask"),
                ),
                None => bilingual("不在号段内", "not in the mask"),
            };
            let verdict = if rank.is_some() { "yes" } else { "no" };
            Contained {
                value,
                verdict,
                rank,
                code: None,
                position: None,
                reason,
            }
        }
    }
}
