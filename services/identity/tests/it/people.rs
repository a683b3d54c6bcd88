//! Citizens of the tests, and the steps they take.

use tonic::Status;
use xuanhao_chassis::grpc::{CallExt, call};
use xuanhao_proto::identity::v1 as pb;

use crate::house::{House, uuid};

/// One person with an account.
#[derive(Clone, Debug)]
pub(crate) struct Citizen {
    pub(crate) login_name: String,
    pub(crate) password: String,
    pub(crate) mobile: String,
    pub(crate) resident_id: String,
    pub(crate) account_id: String,
    pub(crate) address: String,
}

/// The `n`th well-formed resident identity number.
pub(crate) fn resident_id(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = format!(
        "4408011990{:02}{:02}{:03}",
        n / 28 % 12 + 1,
        n % 28 + 1,
        n / 336 + 1
    );
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    format!(
        "{digits}{}",
        char::from(b"10X98765432"[(sum % 11) as usize])
    )
}

/// The `n`th mobile number.
pub(crate) fn mobile(n: u32) -> String {
    format!("138{n:08}")
}

/// An answered picture code.
pub(crate) async fn captcha(house: &House, pre_session: &str) -> (String, String) {
    let request = pb::IssueCaptchaRequest {
        pre_session_id: pre_session.to_owned(),
        ..Default::default()
    };
    let drawn = house
        .challenges()
        .issue_captcha(request)
        .await
        .unwrap()
        .into_inner();
    let answer = house.captcha_answer(&drawn.captcha_id);
    (drawn.captcha_id, answer)
}

/// A stranger's request for a code to a number, with its picture code answered.
pub(crate) async fn register_request(
    house: &House,
    pre_session: &str,
    mobile: &str,
) -> pb::IssueChallengeRequest {
    let (captcha_id, captcha_answer) = captcha(house, pre_session).await;
    pb::IssueChallengeRequest {
        request_id: uuid(),
        pre_session_id: pre_session.to_owned(),
        purpose: pb::ChallengePurpose::Register.into(),
        mobile: mobile.to_owned(),
        captcha_id,
        captcha_answer,
        client_address: "203.0.113.1".to_owned(),
        province: "gd".to_owned(),
        ..Default::default()
    }
}

pub(crate) async fn reset_request(
    house: &House,
    pre_session: &str,
    login_name: &str,
) -> pb::IssueChallengeRequest {
    pb::IssueChallengeRequest {
        purpose: pb::ChallengePurpose::ResetPassword.into(),
        mobile: String::new(),
        login_name: login_name.to_owned(),
        ..register_request(house, pre_session, "").await
    }
}

/// A citizen's request for a code about an application.
pub(crate) fn start_selecting(subject: &str) -> pb::IssueChallengeRequest {
    pb::IssueChallengeRequest {
        request_id: uuid(),
        purpose: pb::ChallengePurpose::StartSelecting.into(),
        subject: subject.to_owned(),
        client_address: "203.0.113.1".to_owned(),
        ..Default::default()
    }
}

pub(crate) async fn issue(
    house: &House,
    request: pb::IssueChallengeRequest,
    principal: Option<&str>,
) -> Result<pb::IssueChallengeResponse, Status> {
    let mut request = call(request);
    if let Some(token) = principal {
        request = request.principal(token);
    }
    Ok(house
        .challenges()
        .issue_challenge(request)
        .await?
        .into_inner())
}

pub(crate) async fn verify(
    house: &House,
    pre_session: &str,
    challenge_id: &str,
    code: &str,
    principal: Option<&str>,
) -> Result<pb::VerifyChallengeResponse, Status> {
    let mut request = call(pb::VerifyChallengeRequest {
        pre_session_id: pre_session.to_owned(),
        challenge_id: challenge_id.to_owned(),
        code: code.to_owned(),
    });
    if let Some(token) = principal {
        request = request.principal(token);
    }
    Ok(house
        .challenges()
        .verify_challenge(request)
        .await?
        .into_inner())
}

/// Another code than the right one.
pub(crate) fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// A proof that the pre-session holds the number.
pub(crate) async fn register_proof(house: &House, pre_session: &str, mobile: &str) -> String {
    let request = register_request(house, pre_session, mobile).await;
    let issued = issue(house, request, None).await.unwrap();
    let code = house.notification.code(&issued.challenge_id).unwrap();
    verify(house, pre_session, &issued.challenge_id, &code, None)
        .await
        .unwrap()
        .proof
}

/// The request by which the `n`th citizen registers.
pub(crate) fn registration(n: u32, pre_session: &str, proof: &str) -> pb::RegisterAccountRequest {
    pb::RegisterAccountRequest {
        request_id: uuid(),
        pre_session_id: pre_session.to_owned(),
        province: "gd".to_owned(),
        login_name: format!("citizen_{n}"),
        password: format!("茉莉花 blooms {n} times"),
        full_name: "张三丰".to_owned(),
        resident_id: resident_id(n),
        mobile: mobile(n),
        challenge_proof: proof.to_owned(),
        locale: String::new(),
    }
}

impl House {
    /// The `n`th citizen registers, the whole way.
    pub(crate) async fn citizen(&self, n: u32) -> Citizen {
        let pre_session = uuid();
        let proof = register_proof(self, &pre_session, &mobile(n)).await;
        let request = registration(n, &pre_session, &proof);
        let added = self
            .identity()
            .register_account(request.clone())
            .await
            .unwrap()
            .into_inner();
        Citizen {
            login_name: request.login_name,
            password: request.password,
            mobile: request.mobile,
            resident_id: request.resident_id,
            account_id: added.account_id,
            address: "203.0.113.9".to_owned(),
        }
    }

    pub(crate) async fn try_sign_in(
        &self,
        login_name: &str,
        password: &str,
        address: &str,
    ) -> Result<pb::SignInResponse, Status> {
        let request = pb::SignInRequest {
            pre_session_id: uuid(),
            login_name: login_name.to_owned(),
            password: password.to_owned(),
            client_address: address.to_owned(),
        };
        Ok(self.identity().sign_in(request).await?.into_inner())
    }

    /// A session token.
    pub(crate) async fn sign_in(&self, citizen: &Citizen) -> String {
        let signed_in = self.try_sign_in(&citizen.login_name, &citizen.password, &citizen.address);
        signed_in.await.unwrap().session_token
    }

    pub(crate) async fn try_principal(
        &self,
        token: &str,
    ) -> Result<pb::IssuePrincipalResponse, Status> {
        let request = pb::IssuePrincipalRequest {
            session_token: token.to_owned(),
        };
        Ok(self.identity().issue_principal(request).await?.into_inner())
    }

    /// A principal of a session.
    pub(crate) async fn principal(&self, token: &str) -> String {
        self.try_principal(token).await.unwrap().principal
    }

    /// A citizen who has registered and signed in, with the principal.
    pub(crate) async fn signed_in(&self, n: u32) -> (Citizen, String) {
        let citizen = self.citizen(n).await;
        let token = self.sign_in(&citizen).await;
        let principal = self.principal(&token).await;
        (citizen, principal)
    }
}
