//! Where a line of Chinese and Latin text may end.

/// Breaks a text into lines no wider than `width`, by the advance of each character.
///
/// Breaks stand between Hanzi and after blanks; closing punctuation never begins a line and opening
/// punctuation never ends one. A word wider than a line is cut. Lines keep their closing blank,
/// which has no width at a line's end, so that copied text keeps its words apart.
pub(super) fn wrap(text: &str, width: f32, advance: impl Fn(char) -> f32) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut used = 0.0;
    // The last place to break at: where, and how wide the line was there.
    let mut opportunity: Option<(usize, f32)> = None;
    let mut previous: Option<char> = None;
    for (at, c) in text.char_indices() {
        if let Some(previous) = previous
            && breaks_between(previous, c)
        {
            opportunity = Some((at, used));
        }
        let own = advance(c);
        // Twice where the part after the last place to break is too wide as well.
        while used + own > width && at > start && c != ' ' {
            let (end, kept) = opportunity
                .filter(|(end, _)| *end > start)
                .unwrap_or((at, used));
            lines.push(&text[start..end]);
            start = end;
            used -= kept;
            opportunity = None;
        }
        used += own;
        previous = Some(c);
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

fn breaks_between(previous: char, next: char) -> bool {
    if next == ' ' || is_closing(next) || is_opening(previous) {
        return false;
    }
    previous == ' ' || is_wide(previous) || is_wide(next)
}

/// Hanzi, their punctuation and full-width forms.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{A4CF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}')
        || matches!(c, '\u{FF00}'..='\u{FF60}' | '\u{20000}'..='\u{3FFFF}')
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '，' | '。' | '、' | '；' | '：' | '！' | '？' | '）' | '》' | '”' | '’' | '】'
    ) || matches!(c, ',' | '.' | ';' | ':' | ')' | '·' | '/' | '-')
}

fn is_opening(c: char) -> bool {
    matches!(c, '（' | '《' | '“' | '‘' | '【' | '(')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str, width: f32) -> Vec<&str> {
        wrap(text, width, |c| if is_wide(c) { 2.0 } else { 1.0 })
    }

    #[test]
    fn hanzi_break_anywhere_but_before_a_stop() {
        assert_eq!(lines("请携带本凭证。", 12.0), ["请携带本凭", "证。"]);
        assert_eq!(lines("请携带（本凭证）", 8.0), ["请携带", "（本凭", "证）"]);
    }

    #[test]
    fn latin_words_stay_whole() {
        assert_eq!(lines("bring the invoice", 10.0), ["bring the ", "invoice"]);
        assert_eq!(
            lines("比亚迪BYD7009BEV牌", 12.0),
            ["比亚迪", "BYD7009BEV牌"]
        );
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut() {
        assert_eq!(lines("ABCDEFGHIJ", 4.0), ["ABCD", "EFGH", "IJ"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_lines_fit(text in "[a-z 一-龥，。（）]{0,60}", width in 4.0f32..30.0) {
            let lines = lines(&text, width);
            prop_assert_eq!(lines.concat(), text.clone());
            for line in lines {
                let ink = line.trim_end_matches(' ');
                let wide: f32 = ink.chars().map(|c| if is_wide(c) { 2.0 } else { 1.0 }).sum();
                prop_assert!(wide <= width, "{:?} is {} wide", line, wide);
            }
        }
    }
}
