//! Stretches of the road that every story goes along.

use std::time::Duration;

use jiff::Timestamp;

use super::{Account, Answered, Application, Challenge, ChallengeRequest, Citizen, Error, Purpose};
use crate::people::{Person, Vehicle};

/// Nobody waits longer for a time the platform names: a rule that asks for more is a mistake here.
const LONGEST_WAIT: Duration = Duration::from_secs(90);
/// After the time named, for a clock that is read in whole milliseconds.
const MARGIN: Duration = Duration::from_millis(50);

impl Citizen {
    /// Visits, answers the picture code, proves the number by SMS and makes the account. Returns its
    /// id.
    ///
    /// # Errors
    /// The first refusal, here and below.
    pub async fn register(&self, province: &str, person: &Person) -> Result<String, Error> {
        self.visit().await?;
        let challenge = self.ask_as_a_stranger(province, person).await?;
        let code = self.console().next_code(&person.mobile).await?;
        let proof = self.verify(&challenge.challenge_id, &code).await?;
        self.register_account(province, person, &proof.proof).await
    }

    /// Answers a picture code and has an SMS code sent to a number that has no account yet.
    pub async fn ask_as_a_stranger(
        &self,
        province: &str,
        person: &Person,
    ) -> Result<Challenge, Error> {
        let captcha = self.captcha().await?;
        let answer = self.console().captcha_answer(&captcha.captcha_id).await?;
        let request = ChallengeRequest {
            purpose: Some(Purpose::Register),
            mobile: Some(person.mobile.clone()),
            captcha_id: Some(captcha.captcha_id),
            captcha_answer: Some(answer),
            province: Some(province.to_owned()),
            ..ChallengeRequest::default()
        };
        self.challenge(&request).await
    }

    /// Has a picture code drawn and answers it, before a round where policy asks for one (R-AUTH-03).
    pub async fn answer_captcha(&self) -> Result<Answered, Error> {
        let captcha_id = self.captcha().await?.captcha_id;
        let answer = self.console().captcha_answer(&captcha_id).await?;
        Ok(Answered { captcha_id, answer })
    }

    /// Registers and signs in.
    pub async fn join(&self, province: &str, person: &Person) -> Result<Account, Error> {
        self.register(province, person).await?;
        self.sign_in(&person.login_name, &person.password).await
    }

    /// Has a code sent for an application, waiting until one may be sent, and answers it.
    pub async fn prove(
        &self,
        purpose: Purpose,
        application_id: &str,
        person: &Person,
    ) -> Result<String, Error> {
        let challenge = self.ask(purpose, application_id).await?;
        let code = self.console().next_code(&person.mobile).await?;
        let proof = self.verify(&challenge.challenge_id, &code).await?;
        Ok(proof.proof)
    }

    /// Has a code sent for an application, waiting until one may be sent.
    pub async fn ask(&self, purpose: Purpose, application_id: &str) -> Result<Challenge, Error> {
        let request = ChallengeRequest {
            purpose: Some(purpose),
            subject: Some(application_id.to_owned()),
            ..ChallengeRequest::default()
        };
        match self.challenge(&request).await {
            Err(Error::Refused(problem)) if problem.code == "SMS_LIMIT_REACHED" => {
                let wait = Duration::from_secs(problem.retry_after_s.unwrap_or(1));
                if wait > LONGEST_WAIT {
                    return Err(Error::Refused(problem));
                }
                tokio::time::sleep(wait + MARGIN).await;
                self.challenge(&request).await
            }
            answer => answer,
        }
    }

    /// Agrees to an office's notice.
    pub async fn agree(&self, office: &str) -> Result<Application, Error> {
        let notice = self.notice(office).await?;
        self.open_application(office, notice.version).await
    }

    /// Agrees, submits and locks the vehicle's information.
    pub async fn to_info_confirmed(
        &self,
        office: &str,
        person: &Person,
        vehicle: &Vehicle,
    ) -> Result<Application, Error> {
        let application = self.agree(office).await?;
        let id = &application.application_id;
        self.submit_info(id, vehicle).await?;
        let proof = self.prove(Purpose::ConfirmInfo, id, person).await?;
        self.confirm_info(id, &proof).await
    }

    /// Proves the number again, waits as the policy asks (R-AUTH-02) and enters selecting.
    pub async fn enter_selecting(
        &self,
        application_id: &str,
        person: &Person,
    ) -> Result<Application, Error> {
        let proof = self
            .prove(Purpose::StartSelecting, application_id, person)
            .await?;
        self.start_in_time(application_id, &proof).await
    }

    /// Enters selecting with a proof, after waiting as the policy asks (R-AUTH-02).
    pub async fn start_in_time(
        &self,
        application_id: &str,
        proof: &str,
    ) -> Result<Application, Error> {
        let application = self.application(application_id).await?;
        wait_for(&application, application.confirm_from).await;
        match self.start(application_id, proof).await {
            // The application learns of the code only when it is used; the refusal tells how long.
            Err(Error::Refused(problem)) if problem.code == "CONFIRM_DELAY" => {
                let wait = Duration::from_secs(problem.retry_after_s.unwrap_or(5));
                tokio::time::sleep(wait.min(LONGEST_WAIT) + MARGIN).await;
                self.start(application_id, proof).await
            }
            answer => answer,
        }
    }

    /// The whole way from the notice to selecting.
    pub async fn to_selecting(
        &self,
        office: &str,
        person: &Person,
        vehicle: &Vehicle,
    ) -> Result<Application, Error> {
        let application = self.to_info_confirmed(office, person, vehicle).await?;
        self.enter_selecting(&application.application_id, person)
            .await
    }

    /// Waits until the next compose round may come (R-SEL-05).
    pub async fn wait_to_compose(&self, application_id: &str) -> Result<Application, Error> {
        let application = self.application(application_id).await?;
        wait_for(&application, application.compose_from).await;
        Ok(application)
    }
}

/// Sleeps until a time of the server's clock.
async fn wait_for(application: &Application, until: Option<Timestamp>) {
    let (Some(now), Some(until)) = (application.now, until) else {
        return;
    };
    if let Ok(wait) = Duration::try_from(until.duration_since(now)) {
        tokio::time::sleep(wait.min(LONGEST_WAIT) + MARGIN).await;
    }
}
