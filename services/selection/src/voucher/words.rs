//! The voucher's own words: Chinese first, English second.

use jiff::civil::{Date, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use xuanhao_vocabulary::{PlateClass, Vin};

/// The same in both languages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words {
    pub(super) chinese: &'static str,
    pub(super) english: &'static str,
}

const fn words(chinese: &'static str, english: &'static str) -> Words {
    Words { chinese, english }
}

pub(super) const TITLE: Words = words(
    "机动车号牌预选号凭证",
    "Voucher for a number plate selected in advance",
);
pub(super) const NUMBER: Words = words("凭证编号", "Voucher No.");
pub(super) const SCAN: Words = words("扫码核验", "Scan to verify");
pub(super) const DEADLINE: Words = words("办理期限", "Register on or before");
pub(super) const FULL_NAME: Words = words("机动车所有人", "Owner");
pub(super) const RESIDENT_ID: Words = words("居民身份证号码", "Resident ID No.");
pub(super) const VIN: Words = words("车辆识别代号", "VIN");
pub(super) const VEHICLE: Words = words("车辆", "Vehicle");
pub(super) const PLATE: Words = words("号牌号码", "Plate number");
pub(super) const CLASS: Words = words("号牌种类", "Plate class");
pub(super) const DECIDED_AT: Words = words("选定时间（北京时间）", "Selected at (Beijing time)");
pub(super) const OFFICE: Words = words("办理机关", "Vehicle office");
pub(super) const BRING: Words = words("办理时请携带", "Bring with you");
pub(super) const NOTES: Words = words("说明", "Notes");

/// What to bring to the office (R-DONE-02, R-DONE-04).
pub(super) const PAPERS: [Words; 4] = [
    words("本凭证", "This voucher"),
    words("居民身份证", "Resident ID card"),
    words("购车发票", "Purchase invoice"),
    words("车辆（查验）", "Vehicle, for inspection"),
];

/// Where and until when (R-DONE-01).
pub(super) const WHERE: Words = words(
    "请在当日或之前到下列办理机关注册登记，领取号牌。",
    "On this day at the latest, register at the vehicle office below and collect the plate.",
);

pub(super) const GENUINE: Words = words(
    "扫码可核验凭证真伪，内容以办理机关记录为准。",
    "Scan the code to see whether this voucher is genuine. The office's own record decides.",
);
pub(super) const BOUND: Words = words(
    "预选号牌只用于上列机动车，不得更换、转让。",
    "The plate is for the vehicle above only; it cannot be exchanged or passed on.",
);

/// What happens to who comes too late (R-BLK-01).
pub(super) fn late(years: u8) -> (String, String) {
    let plural = if years == 1 { "year" } else { "years" };
    (
        format!(
            "逾期未登记的，号牌作废，机动车所有人列入黑名单，{years}年内不得互联网选号，期满自动解除。"
        ),
        format!(
            "After that day the plate is withdrawn and the owner is blacklisted: no online \
             selection for {years} {plural}, after which the ban ends by itself."
        ),
    )
}

/// The class with the colours a citizen knows it by.
pub(super) fn class(class: PlateClass) -> Words {
    match class {
        PlateClass::Small => words("小型汽车号牌（蓝牌）", "Small car, blue"),
        PlateClass::Large => words("大型汽车号牌（黄牌）", "Large vehicle, yellow"),
        PlateClass::NevSmall => words(
            "小型新能源汽车号牌（渐变绿牌）",
            "Small new-energy car, green",
        ),
        PlateClass::NevLarge => words(
            "大型新能源汽车号牌（黄绿牌）",
            "Large new-energy vehicle, yellow-green",
        ),
    }
}

/// 2026年1月8日 and Thursday, 8 January 2026.
pub(super) fn day(date: Date) -> (String, String) {
    let (year, month, day) = (date.year(), date.month(), date.day());
    (
        format!("{year}年{month}月{day}日"),
        date.strftime("%A, %-d %B %Y").to_string(),
    )
}

/// 星期四.
pub(super) fn weekday(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "星期一",
        Weekday::Tuesday => "星期二",
        Weekday::Wednesday => "星期三",
        Weekday::Thursday => "星期四",
        Weekday::Friday => "星期五",
        Weekday::Saturday => "星期六",
        Weekday::Sunday => "星期日",
    }
}

/// An instant as clocks in China show it.
pub(super) fn in_china(at: Timestamp) -> Zoned {
    // Asia/Shanghai has been at +8 without summer time since 1991, so no table of zones is needed.
    at.to_zoned(TimeZone::fixed(Offset::constant(8)))
}

/// 2026年1月5日 10:03:04.
pub(super) fn instant(at: Timestamp) -> String {
    let local = in_china(at);
    format!("{} {}", day(local.date()).0, local.strftime("%H:%M:%S"))
}

/// Three, six and eight characters, as they are read off a car.
pub(super) fn grouped(vin: Vin) -> String {
    format!("{}  {}  {}", vin.wmi(), vin.vds(), vin.vis())
}
