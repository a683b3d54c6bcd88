//! `xuanctl document`: papers and pictures of persons, kept by identity.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use uuid::Uuid;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_chassis::ids::RequestId;
use xuanhao_proto::identity::v1 as pb;

use super::whole;
use crate::args::{Acting, DocumentText, KindText, Request};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::enrolment::Document as Shown;
use crate::output::{Made, Output, bilingual};

/// Beyond any document, and short of what a call can carry. What a document may be, identity says.
const LARGEST_FILE: u64 = 10 * 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum Document {
    /// 上传材料，输出其编号 · Add a document; prints its id
    Add {
        /// JPEG、PNG 或 PDF 文件，不超过5 MiB · JPEG, PNG or PDF file of at most 5 MiB
        file: PathBuf,
        /// 种类，例如 `identity_card` · What it shows, such as `identity_card`
        #[arg(long)]
        kind: KindText,
        #[command(flatten)]
        acting: Acting,
        #[command(flatten)]
        request: Request,
    },
    /// 查看材料，每次查看都记入审计 · Save a document to a file; each look is audited
    Get {
        /// 材料编号 · The document's id
        document_id: String,
        /// 保存到的新文件 · New file to save it to
        #[arg(short = 'o', long = "out", value_name = "FILE")]
        out: PathBuf,
        /// 查看理由，记入审计 · Why; kept with the audit entry
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        acting: Acting,
    },
}

impl Document {
    pub(crate) async fn run(self, to: &Connection, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Add {
                file,
                kind,
                acting,
                request,
            } => {
                let content = read(&file)?;
                let principal = to.principal(acting.scope()).await?;
                let id = request.id();
                let added = add(to, &principal, id, kind, content).await;
                let document_id = added.map_err(|status| of_add(status, id))?;
                Ok(output.show(&Made::of("document_id", document_id))?)
            }
            Self::Get {
                document_id,
                out,
                reason,
                acting,
            } => {
                let principal = to.principal(acting.scope()).await?;
                let request = call(pb::GetDocumentRequest {
                    document_id,
                    reason,
                });
                let request = request.principal(&principal).idempotent();
                let told = to.documents()?.get_document(request).await?.into_inner();
                let document = whole(told.document)?;
                write_new(&out, &told.content)?;
                Ok(output.show(&Shown::from(document))?)
            }
        }
    }
}

/// Why a document was not added.
#[derive(Debug)]
pub(super) enum NotAdded {
    /// Identity said no, or nothing.
    Status(Box<tonic::Status>),
    /// Something before or after it.
    Failure(Failure),
}

impl From<Failure> for NotAdded {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

fn of_add(not_added: NotAdded, id: RequestId) -> Failure {
    match not_added {
        NotAdded::Status(status) => Failure::of_write(*status, id),
        NotAdded::Failure(failure) => failure,
    }
}

/// Adds one document and gives its id.
async fn add(
    to: &Connection,
    principal: &str,
    id: RequestId,
    kind: KindText,
    content: Vec<u8>,
) -> Result<String, NotAdded> {
    let request = call(pb::AddDocumentRequest {
        request_id: id.to_string(),
        kind: kind.0.into(),
        content,
    });
    let request = request.principal(principal).idempotent();
    let added = to.documents()?.add_document(request).await;
    let added = added.map_err(|status| NotAdded::Status(Box::new(status)))?;
    Ok(whole(added.into_inner().document)?.document_id)
}

/// Adds the documents of a write before it and gives their ids. All files are read first. Each has a
/// request id made of the write's, so that the whole command can be repeated under that one.
pub(super) async fn add_all(
    to: &Connection,
    principal: &str,
    write: RequestId,
    documents: Vec<DocumentText>,
) -> Result<Vec<String>, Failure> {
    let mut contents = Vec::new();
    for document in &documents {
        contents.push(read(&document.file)?);
    }
    let mut ids = Vec::new();
    for (place, (document, content)) in (1_u128..).zip(documents.into_iter().zip(contents)) {
        let own = Uuid::from_u128(write.as_uuid().as_u128().wrapping_add(place));
        let own = RequestId::from_uuid(own);
        let added = add(to, principal, own, document.kind, content).await;
        ids.push(added.map_err(|not_added| of_add(not_added, write))?);
    }
    Ok(ids)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Failure::Usage(bilingual(
            &format!("文件 {} 无法使用", file.display()),
            &format!("{} cannot be used: {why}", file.display()),
        ))
    };
    let size = fs::metadata(file).map_err(|error| unreadable(&error))?;
    if size.len() > LARGEST_FILE {
        return Err(unreadable(&"it is too large"));
    }
    fs::read(file).map_err(|error| unreadable(&error))
}

/// Writes a file that is not there yet and that nobody else may read: it holds personal data.
pub(super) fn write_new(file: &Path, content: &[u8]) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut opened| opened.write_all(content));
    written.map_err(|error| {
        Failure::Here(bilingual(
            &format!("无法写入 {}", file.display()),
            &format!("{} cannot be written: {error}", file.display()),
        ))
    })
}
