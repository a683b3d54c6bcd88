//! A segment as one word: `粤G:small:DDDDD`.

use std::str::FromStr;

use xuanhao_proto::platepool::v1 as pb;
use xuanhao_vocabulary::{IssuingCode, PlateClass, PlateMask};

use super::word;
use crate::output::bilingual;
use crate::output::words::wire_class;

/// A segment to be prepared.
#[derive(Debug, Clone)]
pub(crate) struct SegmentText {
    code: IssuingCode,
    class: PlateClass,
    mask: PlateMask,
}

impl SegmentText {
    /// As the pool takes it.
    pub(crate) fn message(&self) -> pb::NewSegment {
        pb::NewSegment {
            issuing_code: self.code.to_string(),
            plate_class: wire_class(self.class).into(),
            mask: self.mask.to_string(),
        }
    }
}

impl FromStr for SegmentText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, ':');
        let (Some(code), Some(class), Some(mask)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(bilingual(
                "写作“发牌机关代号:号牌种类:号段”，例如 粤G:small:DDDDD",
                "written CODE:CLASS:MASK, such as 粤G:small:DDDDD",
            ));
        };
        let (code, class, mask) = (word(code)?, word(class)?, word::<PlateMask>(mask)?);
        mask.check_class(class)
            .map_err(|misfit| crate::output::sentence(&misfit))?;
        Ok(Self { code, class, mask })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_code_class_and_mask() {
        let message = "粤G:small:DD[AB]LD"
            .parse::<SegmentText>()
            .unwrap()
            .message();
        assert_eq!(
            (
                message.issuing_code.as_str(),
                message.plate_class,
                message.mask.as_str()
            ),
            ("粤G", 2, "DD[AB]LD")
        );
        for text in [
            "粤G:small",
            "粤G:DDDDD",
            "G:small:DDDDD",
            "粤G:tiny:DDDDD",
            "粤G:nev_small:DDDDD",
            "粤G:small:DDDDDD",
        ] {
            assert!(text.parse::<SegmentText>().is_err(), "{text}");
        }
    }
}
