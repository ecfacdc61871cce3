//! The simulator on TCP. A cut really closes the connection: hyper has no way to say so, so the
//! connection itself refuses to be written to.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::{Cut, Simulator, SimulatorError};

/// Serves Genesys Cloud and the export service, whose paths do not overlap, until `stop`; running
/// answers are finished.
pub(crate) async fn serve(
    simulator: &Simulator,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<(), SimulatorError> {
    let failed = |error: io::Error| SimulatorError(format!("the simulator's address: {error}"));
    let address = listener.local_addr().map_err(failed)?;
    serve_router(
        simulator
            .genesys_cloud(&format!("http://{address}"))
            .merge(simulator.cdds()),
        listener,
        stop,
    )
    .await
}

/// Serves one system until `stop`; running answers are finished.
pub(crate) async fn serve_router(
    router: axum::Router,
    listener: TcpListener,
    stop: CancellationToken,
) -> Result<(), SimulatorError> {
    let failed = |error: io::Error| SimulatorError(format!("the simulator's address: {error}"));
    let address = listener.local_addr().map_err(failed)?;
    if !address.ip().is_loopback() {
        return Err(SimulatorError(
            "the simulator serves on loopback addresses only".to_owned(),
        ));
    }
    let service = router
        .layer(middleware::from_fn(cut))
        .into_make_service_with_connect_info::<Fuse>();
    axum::serve(Breakable(listener), service)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
        .map_err(failed)
}

/// Blows the connection's fuse when an answer is marked as a cut.
async fn cut(ConnectInfo(fuse): ConnectInfo<Fuse>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.extensions().get::<Cut>().is_some() {
        fuse.0.store(true, Ordering::Release);
    }
    response
}

/// Once blown, nothing is written to its connection any more.
#[derive(Clone, Default)]
struct Fuse(Arc<AtomicBool>);

impl Connected<IncomingStream<'_, Breakable>> for Fuse {
    fn connect_info(stream: IncomingStream<'_, Breakable>) -> Fuse {
        stream.io().fuse.clone()
    }
}

struct Breakable(TcpListener);

impl Listener for Breakable {
    type Io = Fused;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Fused, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        let _ = stream.set_nodelay(true);
        let fused = Fused {
            stream,
            fuse: Fuse::default(),
        };
        (fused, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

struct Fused {
    stream: TcpStream,
    fuse: Fuse,
}

impl Fused {
    fn whole(&self) -> io::Result<()> {
        if self.fuse.0.load(Ordering::Acquire) {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        }
    }
}

impl AsyncRead for Fused {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Fused {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
