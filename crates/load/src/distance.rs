//! Simulates a distant database: a TCP proxy in front of it that delays the traffic.

use anyhow::{Context as _, Result};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use url::Url;

/// The number of bytes read at once.
const CHUNK: usize = 16 * 1024;
/// The maximum number of chunks in transit in one direction.
const UNDER_WAY: usize = 1024;
/// The port of PostgreSQL.
const POSTGRES: u16 = 5432;

/// The same database at the address of a proxy that adds `delay` to each round trip. The proxy runs until the process
/// ends.
pub(crate) async fn farther(database_url: &str, delay: Duration) -> Result<String> {
    let mut url = Url::parse(database_url)?;
    let target = (url.host_str().context("a host")?.to_owned(), url.port().unwrap_or(POSTGRES));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    url.set_host(Some("127.0.0.1"))?;
    url.set_port(Some(port)).ok().context("a port")?;
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let target = target.clone();
            tokio::spawn(async move {
                // If a connection breaks, both ends will notice.
                if let Ok(far) = TcpStream::connect(target).await {
                    let _ = join(near, far, delay / 2);
                }
            });
        }
    });
    Ok(url.into())
}

fn join(near: TcpStream, far: TcpStream, delay: Duration) -> Result<()> {
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    pass(from_near, to_far, delay);
    pass(from_far, to_near, delay);
    Ok(())
}

/// Forwards in one direction, each chunk `delay` after it was read.
fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: Duration) {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    tokio::spawn(async move {
        let mut chunk = vec![0; CHUNK];
        while let Ok(length @ 1..) = from.read(&mut chunk).await {
            if sender.send((Instant::now() + delay, chunk[..length].to_vec())).await.is_err() {
                break;
            }
        }
    });
    tokio::spawn(async move {
        while let Some((due, bytes)) = receiver.recv().await {
            tokio::time::sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
    });
}
