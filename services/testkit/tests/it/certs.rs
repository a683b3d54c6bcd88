//! Certificates.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use xuanhao_testkit::{Certs, Leaf, certs};

fn roots(authority: &Certs) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.ca_pem().as_bytes()).unwrap())
        .unwrap();
    Arc::new(roots)
}

fn chain(leaf: &Leaf) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
    let cert = CertificateDer::from_pem_slice(leaf.cert_pem.as_bytes()).unwrap();
    (
        vec![cert],
        PrivateKeyDer::from_pem_slice(leaf.key_pem.as_bytes()).unwrap(),
    )
}

/// One mutual TLS handshake and one byte each way; which name did the server see as its client?
async fn meet(server_side: &Certs, client_side: &Certs) -> std::io::Result<String> {
    let verifier = WebPkiClientVerifier::builder(roots(server_side))
        .build()
        .unwrap();
    let (cert, key) = chain(&server_side.leaf("platepool"));
    let server = ServerConfig::builder().with_client_cert_verifier(verifier);
    let acceptor = TlsAcceptor::from(Arc::new(server.with_single_cert(cert, key).unwrap()));
    let (cert, key) = chain(&client_side.leaf("selection"));
    let client = ClientConfig::builder().with_root_certificates(roots(client_side));
    let connector = TlsConnector::from(Arc::new(client.with_client_auth_cert(cert, key).unwrap()));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serve = async {
        let mut stream = acceptor.accept(listener.accept().await?.0).await?;
        let byte = stream.read_u8().await?;
        stream.write_u8(byte + 1).await?;
        stream.flush().await?;
        let peer = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
        let uri = b"spiffe://xuanhao/selection";
        let seen = peer.windows(uri.len()).any(|window| window == uri);
        std::io::Result::Ok(if seen {
            "selection".to_owned()
        } else {
            String::new()
        })
    };
    let call = async {
        let name = "localhost".try_into().unwrap();
        let mut stream = connector
            .connect(name, TcpStream::connect(address).await?)
            .await?;
        stream.write_u8(1).await?;
        stream.flush().await?;
        assert_eq!(stream.read_u8().await?, 2);
        std::io::Result::Ok(())
    };
    let (name, ()) = tokio::try_join!(serve, call)?;
    Ok(name)
}

#[tokio::test]
async fn services_of_one_authority_trust_each_other_and_others_do_not() {
    let (ours, theirs) = (certs(), certs());
    assert_eq!(meet(&ours, &ours).await.unwrap(), "selection");
    assert!(meet(&ours, &theirs).await.is_err());
}

#[test]
fn files_hold_a_pair_and_debug_output_hides_the_key() {
    let authority = certs();
    let files = authority.files("identity");
    let key = std::fs::read_to_string(&files.key).unwrap();
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(
        std::fs::read_to_string(&files.ca).unwrap(),
        authority.ca_pem()
    );
    let leaf = authority.leaf("identity");
    assert!(!format!("{leaf:?}").contains("PRIVATE"));
    drop(authority);
    assert!(!files.cert.exists());
}
