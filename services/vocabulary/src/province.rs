//! The 31 provinces that issue plates: their ids, their characters on a plate and their codes.

use std::fmt;

use crate::text::from_str;

/// A province, autonomous region or municipality that issues plates (GA 36, GB/T 2260).
#[derive(Debug, PartialEq, Eq)]
pub struct Province {
    /// The two-letter id that stands in tables, subjects and role checks, such as `gd`.
    pub id: ProvinceId,
    /// The character on a plate, such as 粤.
    pub ideograph: char,
    /// The everyday Chinese name, such as 广东.
    pub name: &'static str,
    /// The first two digits of its region codes (GB/T 2260), such as 44.
    pub region: u8,
    text: &'static str,
}

const fn row(
    index: u8,
    text: &'static str,
    ideograph: char,
    name: &'static str,
    region: u8,
) -> Province {
    Province {
        id: ProvinceId(index),
        ideograph,
        name,
        region,
        text,
    }
}

/// In the order of their region codes. Ids are the letter codes of GB/T 2260.
static PROVINCES: [Province; 31] = [
    row(0, "bj", '京', "北京", 11),
    row(1, "tj", '津', "天津", 12),
    row(2, "he", '冀', "河北", 13),
    row(3, "sx", '晋', "山西", 14),
    row(4, "nm", '蒙', "内蒙古", 15),
    row(5, "ln", '辽', "辽宁", 21),
    row(6, "jl", '吉', "吉林", 22),
    row(7, "hl", '黑', "黑龙江", 23),
    row(8, "sh", '沪', "上海", 31),
    row(9, "js", '苏', "江苏", 32),
    row(10, "zj", '浙', "浙江", 33),
    row(11, "ah", '皖', "安徽", 34),
    row(12, "fj", '闽', "福建", 35),
    row(13, "jx", '赣', "江西", 36),
    row(14, "sd", '鲁', "山东", 37),
    row(15, "ha", '豫', "河南", 41),
    row(16, "hb", '鄂', "湖北", 42),
    row(17, "hn", '湘', "湖南", 43),
    row(18, "gd", '粤', "广东", 44),
    row(19, "gx", '桂', "广西", 45),
    row(20, "hi", '琼', "海南", 46),
    row(21, "cq", '渝', "重庆", 50),
    row(22, "sc", '川', "四川", 51),
    row(23, "gz", '贵', "贵州", 52),
    row(24, "yn", '云', "云南", 53),
    row(25, "xz", '藏', "西藏", 54),
    row(26, "sn", '陕', "陕西", 61),
    row(27, "gs", '甘', "甘肃", 62),
    row(28, "qh", '青', "青海", 63),
    row(29, "nx", '宁', "宁夏", 64),
    row(30, "xj", '新', "新疆", 65),
];

/// The place of each region code's province; beyond the table where there is none.
static BY_REGION: [u8; 100] = {
    let mut table = [u8::MAX; 100];
    let mut place = 0;
    while place < PROVINCES.len() {
        table[PROVINCES[place].region as usize] = place as u8;
        place += 1;
    }
    table
};

impl Province {
    /// All of them, in the order of their region codes.
    pub fn all() -> &'static [Province] {
        &PROVINCES
    }

    /// By the character on a plate.
    pub fn by_ideograph(ideograph: char) -> Option<&'static Province> {
        PROVINCES
            .iter()
            .find(|province| province.ideograph == ideograph)
    }

    /// By the first two digits of a region code (GB/T 2260).
    pub fn by_region(region: u8) -> Option<&'static Province> {
        PROVINCES.get(usize::from(*BY_REGION.get(usize::from(region))?))
    }
}

/// The id of a province, such as `gd`. Always one of the 31.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProvinceId(u8);

impl ProvinceId {
    /// Reads an id such as `gd`, exactly.
    pub fn parse(text: &str) -> Result<Self, UnknownProvince> {
        PROVINCES
            .iter()
            .find(|row| row.text == text)
            .map(|row| row.id)
            .ok_or(UnknownProvince)
    }

    /// The id's two letters.
    pub fn as_str(self) -> &'static str {
        self.province().text
    }

    /// All that is known of the province.
    pub fn province(self) -> &'static Province {
        &PROVINCES[usize::from(self.0)]
    }
}

impl fmt::Display for ProvinceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for ProvinceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

from_str!(ProvinceId, UnknownProvince);
crate::text::serde_text!(ProvinceId, "a province id such as \"gd\"");

/// The text is none of the 31 province ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is none of the 31 province ids, such as gd or he")]
pub struct UnknownProvince;

impl crate::Finding for UnknownProvince {
    fn code(&self) -> &'static str {
        "PROVINCE_UNKNOWN"
    }

    fn chinese(&self) -> String {
        "不是31个省级代号之一(如 gd、he)".to_owned()
    }
}
