//! A method per call of the API.

use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};

use super::answers::{Kept, Registered, SignedIn};
use super::{
    Account, Answered, Appeal, Application, Applications, Captcha, Challenge, Citizen, Entry,
    Error, Keyboard, Notice, Proof, Selected, SignedVoucher,
};
use crate::people::{Person, PurchaseProof, Vehicle};

/// What a code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Registering.
    Register,
    /// Replacing a forgotten password.
    ResetPassword,
    /// Locking the information.
    ConfirmInfo,
    /// The check before selecting.
    StartSelecting,
    /// The final confirmation, where policy asks for it.
    ConfirmPlate,
    /// Another mobile number.
    ChangeMobile,
}

/// What is said when an SMS code is asked for.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ChallengeRequest {
    /// What for.
    pub purpose: Option<Purpose>,
    /// The number to prove, when registering.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// Whose password was forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_name: Option<String>,
    /// What the proof is bound to: the application's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Strangers answer a picture code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captcha_id: Option<String>,
    /// Its answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captcha_answer: Option<String>,
    /// Before sign-in: whose portal is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub province: Option<String>,
}

/// A write without a body.
const NOTHING: Option<&Value> = None;

impl Citizen {
    /// Begins a visit.
    ///
    /// # Errors
    /// When the edge refuses or does not answer, here and below.
    pub async fn visit(&self) -> Result<(), Error> {
        self.call(Method::POST, "/visits", NOTHING).await
    }

    /// A picture code; of the account once signed in.
    pub async fn captcha(&self) -> Result<Captcha, Error> {
        self.post("/captchas", &json!({})).await
    }

    /// Asks for an SMS code.
    pub async fn challenge(&self, request: &ChallengeRequest) -> Result<Challenge, Error> {
        self.post("/challenges", request).await
    }

    /// Answers it.
    pub async fn verify(&self, challenge_id: &str, code: &str) -> Result<Proof, Error> {
        let path = format!("/challenges/{challenge_id}/verify");
        self.post(&path, &json!({ "code": code })).await
    }

    /// Makes an account; answers with its id.
    pub async fn register_account(
        &self,
        province: &str,
        person: &Person,
        challenge_proof: &str,
    ) -> Result<String, Error> {
        let body = json!({
            "province": province,
            "login_name": person.login_name,
            "password": person.password,
            "full_name": person.full_name,
            "resident_id": person.resident_id,
            "mobile": person.mobile,
            "challenge_proof": challenge_proof,
        });
        let registered: Registered = self.post("/accounts", &body).await?;
        Ok(registered.account_id)
    }

    /// Signs in.
    pub async fn sign_in(&self, login_name: &str, password: &str) -> Result<Account, Error> {
        let body = json!({ "login_name": login_name, "password": password });
        let signed_in: SignedIn = self.post("/session", &body).await?;
        Ok(signed_in.account)
    }

    /// Signs out.
    pub async fn sign_out(&self) -> Result<(), Error> {
        self.call(Method::DELETE, "/session", NOTHING).await
    }

    /// The own account.
    pub async fn account(&self) -> Result<Account, Error> {
        self.get("/account").await
    }

    /// Replaces the own password.
    pub async fn change_password(&self, current: &str, new: &str) -> Result<(), Error> {
        let body = json!({ "current_password": current, "new_password": new });
        self.call(Method::PUT, "/account/password", Some(&body))
            .await
    }

    /// Replaces a forgotten password.
    pub async fn reset_password(
        &self,
        login_name: &str,
        new_password: &str,
        challenge_proof: &str,
    ) -> Result<(), Error> {
        let body = json!({
            "login_name": login_name,
            "new_password": new_password,
            "challenge_proof": challenge_proof,
        });
        self.post("/password-resets", &body).await
    }

    /// The offices of a province.
    pub async fn offices(&self, province: &str) -> Result<Value, Error> {
        self.get(&format!("/offices?province={province}")).await
    }

    /// What an office publishes of its pool.
    pub async fn pool(&self, office: &str) -> Result<Value, Error> {
        self.get(&format!("/offices/{office}/pool")).await
    }

    /// What an office publishes of a day's draws.
    pub async fn draw_day(&self, office: &str, day: &str) -> Result<Value, Error> {
        self.get(&format!("/offices/{office}/draw-days/{day}"))
            .await
    }

    /// The notice in force.
    pub async fn notice(&self, office: &str) -> Result<Notice, Error> {
        self.get(&format!("/offices/{office}/notice")).await
    }

    /// Walks in at an office, and learns where one stands there.
    pub async fn enter(&self, office: &str) -> Result<Entry, Error> {
        let path = format!("/offices/{office}/entry");
        self.call(Method::POST, &path, NOTHING).await
    }

    /// Agrees to the notice.
    pub async fn open_application(
        &self,
        office: &str,
        notice_version: i32,
    ) -> Result<Application, Error> {
        let body = json!({ "office": office, "notice_version": notice_version });
        self.post("/applications", &body).await
    }

    /// The own applications.
    pub async fn applications(&self) -> Result<Applications, Error> {
        self.get("/applications").await
    }

    /// One of them.
    pub async fn application(&self, application_id: &str) -> Result<Application, Error> {
        self.get(&format!("/applications/{application_id}")).await
    }

    /// Submits VIN and invoice.
    pub async fn submit_info(
        &self,
        application_id: &str,
        vehicle: &Vehicle,
    ) -> Result<Application, Error> {
        self.submit_info_with(application_id, vehicle, None).await
    }

    /// The same with the address, where policy asks for it.
    pub async fn submit_info_with(
        &self,
        application_id: &str,
        vehicle: &Vehicle,
        address: Option<&str>,
    ) -> Result<Application, Error> {
        let path = format!("/applications/{application_id}/info");
        let proof: &PurchaseProof = &vehicle.purchase_proof;
        let mut body = json!({ "vin": vehicle.vin, "purchase_proof": proof });
        if let Some(address) = address {
            body["address"] = address.into();
        }
        self.call(Method::PUT, &path, Some(&body)).await
    }

    /// What was submitted, to look at before confirming.
    pub async fn submitted_info(&self, application_id: &str) -> Result<Value, Error> {
        self.get(&format!("/applications/{application_id}/submitted-info"))
            .await
    }

    /// Locks what was submitted.
    pub async fn confirm_info(
        &self,
        application_id: &str,
        challenge_proof: &str,
    ) -> Result<Application, Error> {
        let body = json!({ "challenge_proof": challenge_proof });
        self.act(application_id, "info/confirm", &body).await
    }

    /// Enters selecting.
    pub async fn start(
        &self,
        application_id: &str,
        challenge_proof: &str,
    ) -> Result<Application, Error> {
        let body = json!({ "challenge_proof": challenge_proof });
        self.act(application_id, "start", &body).await
    }

    /// Enters selecting where policy asks for no code before it.
    pub async fn start_unchecked(&self, application_id: &str) -> Result<Application, Error> {
        self.act(application_id, "start", &json!({})).await
    }

    /// The on-screen keyboard, as the server lays it out.
    pub async fn keyboard(
        &self,
        application_id: &str,
        issuing_code: &str,
    ) -> Result<Keyboard, Error> {
        let path = format!("/applications/{application_id}/keyboard?issuing_code={issuing_code}");
        self.get(&path).await
    }

    /// One random round, behind a captcha that was answered.
    pub async fn draw_with(
        &self,
        application_id: &str,
        captcha: &Answered,
    ) -> Result<Selected, Error> {
        let body = json!({ "captcha_id": captcha.captcha_id, "captcha_answer": captcha.answer });
        self.act(application_id, "draws", &body).await
    }

    /// Tries wishes in their order, behind a captcha that was answered.
    pub async fn compose_with(
        &self,
        application_id: &str,
        wishes: &[&str],
        captcha: &Answered,
    ) -> Result<Selected, Error> {
        let body = json!({
            "wishes": wishes,
            "captcha_id": captcha.captcha_id,
            "captcha_answer": captcha.answer,
        });
        self.act(application_id, "compositions", &body).await
    }

    /// Sets a held number apart for the last check; there is no way back.
    pub async fn choose(&self, application_id: &str, plate: &str) -> Result<Selected, Error> {
        self.act(application_id, "choice", &json!({ "plate": plate }))
            .await
    }

    /// Confirms the chosen number with the proof of the last check.
    pub async fn complete(
        &self,
        application_id: &str,
        plate: &str,
        challenge_proof: &str,
    ) -> Result<Selected, Error> {
        let body = json!({ "plate": plate, "challenge_proof": challenge_proof });
        self.act(application_id, "confirm", &body).await
    }

    /// Undoes a confirmed number, where policy offers it.
    pub async fn undo(&self, application_id: &str) -> Result<Application, Error> {
        let path = format!("/applications/{application_id}/undo");
        self.call(Method::POST, &path, NOTHING).await
    }

    /// Keeps a paper or a picture; answers with its id.
    pub async fn add_document(
        &self,
        kind: &str,
        media_type: &str,
        content: Vec<u8>,
    ) -> Result<String, Error> {
        let kept: Kept = self
            .upload(&format!("/documents?kind={kind}"), media_type, content)
            .await?;
        Ok(kept.document_id)
    }

    /// Appeals against a ban or against being voided.
    pub async fn appeal(
        &self,
        application_id: &str,
        statement: &str,
        document_ids: &[&str],
    ) -> Result<Appeal, Error> {
        let body = json!({ "statement": statement, "document_ids": document_ids });
        self.act(application_id, "appeals", &body).await
    }

    /// An own appeal.
    pub async fn appeal_of(&self, appeal_id: &str) -> Result<Appeal, Error> {
        self.get(&format!("/appeals/{appeal_id}")).await
    }

    /// Replaces the initial password of an enrolled account.
    pub async fn replace_initial_password(&self, initial: &str, own: &str) -> Result<(), Error> {
        let body = json!({ "current_password": initial, "new_password": own });
        self.call(Method::PUT, "/account/initial-password", Some(&body))
            .await
    }

    /// Where persons are enrolled face to face.
    pub async fn service_points(&self, office: &str) -> Result<Value, Error> {
        let (province, _) = office.split_once('-').unwrap_or((office, ""));
        self.get(&format!(
            "/service-points?province={province}&office={office}"
        ))
        .await
    }

    /// One random round.
    pub async fn draw(&self, application_id: &str, exclude_four: bool) -> Result<Selected, Error> {
        let body = json!({ "exclude_four": exclude_four });
        self.act(application_id, "draws", &body).await
    }

    /// Keeps a drawn number as a candidate.
    pub async fn keep(&self, application_id: &str, plate: &str) -> Result<Selected, Error> {
        self.act(application_id, "basket", &json!({ "plate": plate }))
            .await
    }

    /// Tries wishes in their order.
    pub async fn compose(&self, application_id: &str, wishes: &[&str]) -> Result<Selected, Error> {
        let body = json!({ "wishes": wishes });
        self.act(application_id, "compositions", &body).await
    }

    /// Confirms a candidate.
    pub async fn confirm(&self, application_id: &str, plate: &str) -> Result<Selected, Error> {
        self.act(application_id, "confirm", &json!({ "plate": plate }))
            .await
    }

    /// Gives up what is held.
    pub async fn give_up(&self, application_id: &str) -> Result<Application, Error> {
        let path = format!("/applications/{application_id}/give-up");
        self.call(Method::POST, &path, NOTHING).await
    }

    /// The voucher's page, a PDF.
    pub async fn voucher(&self, application_id: &str) -> Result<Vec<u8>, Error> {
        let path = format!("/applications/{application_id}/voucher");
        let response = self.send(Method::GET, &path, NOTHING).await?;
        Ok(response.bytes().await?.to_vec())
    }

    /// The voucher's signed text.
    pub async fn signed_voucher(&self, application_id: &str) -> Result<SignedVoucher, Error> {
        self.get(&format!("/applications/{application_id}/signed-voucher"))
            .await
    }

    /// The citizen's inbox.
    pub async fn messages(&self) -> Result<Value, Error> {
        self.get("/messages").await
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.call(Method::GET, path, NOTHING).await
    }

    async fn post<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        body: &(impl Serialize + Sync),
    ) -> Result<T, Error> {
        self.call(Method::POST, path, Some(body)).await
    }

    async fn act<T: serde::de::DeserializeOwned>(
        &self,
        application_id: &str,
        what: &str,
        body: &Value,
    ) -> Result<T, Error> {
        let path = format!("/applications/{application_id}/{what}");
        self.call(Method::POST, &path, Some(body)).await
    }
}
