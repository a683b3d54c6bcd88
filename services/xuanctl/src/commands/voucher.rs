//! `xuanctl voucher`: verifies what a voucher's code says, with the platform's public keys and without
//! any server (R-DONE-02).

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Deserialize;
use xuanhao_chassis::error::chain;
use xuanhao_chassis::signed::{Error, PublicKeys};
use xuanhao_vocabulary::VoucherClaims;
use xuanhao_vocabulary::voucher::TYP;

use crate::failure::Failure;
use crate::output::words::clock;
use crate::output::{Output, Show, Verdict, bilingual, complain};

#[derive(Debug, Subcommand)]
pub(crate) enum Voucher {
    /// 核验凭证二维码中的签名文本 · Verify the signed text of a voucher's code
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// 签名文本、存有该文本（或平台 signed-voucher 应答）的文件，或 -（标准输入）；PDF 请先扫描二维码 ·
    /// The signed text, a file with it (or with the platform's signed-voucher answer), or - for the
    /// standard input; of a PDF, scan the code first
    #[arg(value_name = "FILE|TEXT")]
    voucher: String,
    /// 平台公钥（JWKS 文件） · The platform's public keys (JWKS file)
    #[arg(long, value_name = "JWKS.json")]
    keys: PathBuf,
}

impl Voucher {
    pub(crate) fn run(self, output: &mut Output) -> Result<Verdict, Failure> {
        let Self::Verify(verify) = self;
        let keys = PublicKeys::from_jwks_file(&verify.keys).map_err(|error| {
            Failure::Usage(bilingual(
                "公钥文件无法使用",
                &format!("the keys cannot be used: {}", chain(&error)),
            ))
        })?;
        let token = token(&verify.voucher)?;
        match keys.verify::<VoucherClaims>(TYP, &token) {
            Ok(claims) => {
                output.show(&claims)?;
                Ok(Verdict::Fine)
            }
            Err(error) => {
                complain(&bilingual(why(&error), &chain(&error)));
                Ok(Verdict::NotFine)
            }
        }
    }
}

/// The signed text that was meant. A text of three parts is the text itself; everything else names a
/// file.
fn token(given: &str) -> Result<String, Failure> {
    if looks_signed(given.trim()) {
        return Ok(given.trim().to_owned());
    }
    let content = match given {
        "-" => {
            let mut content = Vec::new();
            io::stdin().read_to_end(&mut content).map(|_| content)
        }
        file => fs::read(Path::new(file)),
    };
    let content = content.map_err(|error| {
        Failure::Usage(bilingual(
            "既不是签名文本，也不是可读取的文件",
            &format!("neither a signed text nor a file that can be read: {error}"),
        ))
    })?;
    if content.starts_with(b"%PDF") {
        return Err(Failure::Usage(bilingual(
            "这是 PDF：请扫描其中的二维码，或从平台下载签名文本",
            "this is a PDF: scan its code, or download the signed text from the platform",
        )));
    }
    let text = String::from_utf8_lossy(&content).trim().to_owned();
    let answer: Option<SignedVoucher> = serde_json::from_str(&text).ok();
    Ok(answer.map_or(text, |answer| answer.signed_voucher))
}

/// What the platform answers to whoever downloads the signed text.
#[derive(Deserialize)]
struct SignedVoucher {
    signed_voucher: String,
}

fn looks_signed(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.split('.').count() == 3 && text.starts_with("ey") && text.bytes().all(plain)
}

fn why(error: &Error) -> &'static str {
    match error {
        Error::Malformed => "凭证无效：不是完整的签名文本",
        Error::Algorithm => "凭证无效：签名算法不被接受",
        Error::Type => "凭证无效：不是预选号凭证的签名",
        Error::UnknownKey => "凭证无效：不是由所给公钥的平台签发",
        Error::Signature => "凭证无效：签名不符，内容可能被更改",
        Error::Claims(_) => "凭证无效：内容不符合预选号凭证的格式",
        _ => "凭证无效",
    }
}

impl Show for VoucherClaims {
    fn write(&self, output: &mut Output) -> io::Result<()> {
        output.record(&[
            ("凭证编号 · voucher", self.jti.to_string()),
            (
                "号牌 · plate",
                format!("{} {}", self.plate, self.class.chinese()),
            ),
            ("车管所 · office", self.office.to_string()),
            ("车辆识别代号末六位 · VIN ends in", self.vin_tail.clone()),
            ("选定时间 · decided", clock(Some(self.decided_at))),
            ("办理期限 · deadline", self.deadline.to_string()),
            ("签发平台 · issuer", self.iss.clone()),
        ])
    }
}
