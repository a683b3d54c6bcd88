//! The national platform, which calls the edge's gateway by its own certificate.

use std::time::Duration;

use anyhow::{Context as _, Result};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use xuanhao_e2e::Stage;
use xuanhao_local::Service;
use xuanhao_proto::national::v1::lookup_selection_request::By;
use xuanhao_proto::national::v1::national_gateway_service_client::NationalGatewayServiceClient;
use xuanhao_proto::national::v1::{
    ListOutcomesRequest, ListOutcomesResponse, LookupSelectionRequest, Selection,
};

/// Finds a selection by its voucher, and waits until the feed tells of it.
pub(crate) async fn finds(stage: &Stage, voucher_number: &str) -> Result<Selection> {
    let mut gateway = NationalGatewayServiceClient::new(connect(stage).await?);
    let request = LookupSelectionRequest {
        by: Some(By::VoucherNumber(voucher_number.to_owned())),
    };
    let found = gateway.lookup_selection(request).await?.into_inner();
    let found = found.selection.context("a selection")?;
    let mut page = ListOutcomesResponse::default();
    for _ in 0..100 {
        let request = ListOutcomesRequest {
            after: 0,
            page_size: 100,
        };
        page = gateway.list_outcomes(request).await?.into_inner();
        let told = |kind: &str| {
            let mut outcomes = page.outcomes.iter();
            outcomes.any(|outcome| {
                let selection = outcome.selection.as_ref();
                outcome.r#type == kind
                    && selection.is_some_and(|one| one.voucher_number == voucher_number)
            })
        };
        if told("selection.v1.selection.confirmed") && told("selection.v1.selection.registered") {
            return Ok(found);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the feed does not tell of {voucher_number}: {page:?}")
}

async fn connect(stage: &Stage) -> Result<Channel> {
    let files = stage.platform().credentials("national");
    let own = Identity::from_pem(std::fs::read(files.certificate)?, std::fs::read(files.key)?);
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(std::fs::read(files.authority)?))
        .identity(own)
        .domain_name("localhost");
    let endpoint = Endpoint::from_shared(stage.platform().grpc_endpoint(Service::Edge))?;
    Ok(endpoint.tls_config(tls)?.connect().await?)
}
