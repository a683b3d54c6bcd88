//! Waits.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use xuanhao_testkit::{temp_dir, wait_for, wait_until};

#[tokio::test]
async fn a_wait_ends_when_the_state_is_there() {
    let asked = AtomicU32::new(0);
    let check = || async { asked.fetch_add(1, Ordering::Relaxed) == 3 };
    wait_until(Duration::from_secs(10), check).await;
    assert_eq!(asked.load(Ordering::Relaxed), 4);
    assert_eq!(
        wait_for(Duration::from_secs(10), || async { Some(7) }).await,
        7
    );
}

#[tokio::test]
#[should_panic(expected = "wait.rs")]
async fn a_wait_that_fails_names_its_line() {
    wait_until(Duration::from_millis(50), || async { false }).await;
}

#[tokio::test]
#[should_panic(expected = "not so after 50ms")]
async fn a_check_that_hangs_is_bounded_too() {
    wait_until(Duration::from_millis(50), std::future::pending).await;
}

#[test]
fn a_temporary_folder_goes_with_its_value() {
    let folder = temp_dir();
    let path = folder.path().to_owned();
    assert!(path.is_dir());
    drop(folder);
    assert!(!path.exists());
}
