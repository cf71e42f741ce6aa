//! Jupyter's protocol: five sockets, and who reads and writes them.
//!
//! ```text
//!            shell ──▶ listen ──────▶ queue ──▶ worker (a thread of its own: evcxr waits for what it starts)
//!                        │ answers at once            │
//!                        ▼                            ▼
//!            shell, iopub ◀── write ◀── outbox ◀──────┘
//!            control ◀─▶ control: interrupts, shutdown
//!            heartbeat ◀─▶ heartbeat
//! ```
//!
//! The kernel says that it is there before evcxr is: what Jupyter asks at first does not need it, and the reader reads
//! while rust-analyzer does.

use std::path::Path;
use std::sync::mpsc as queue;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jupyter_protocol::{
    ConnectionInfo, InterruptReply, JupyterMessage, JupyterMessageContent, ShutdownReply, Status,
};
use jupyter_zmq_client::{
    KernelControlConnection, KernelHeartbeatConnection, KernelIoPubConnection, RouterRecvConnection,
    RouterSendConnection, create_kernel_control_connection, create_kernel_heartbeat_connection,
    create_kernel_iopub_connection, create_kernel_shell_connection, create_kernel_stdin_connection,
};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::queue::{Abortion, Request};
use super::{reply, worker};
use crate::Trouble;
use crate::evaluate::{Stop, Stopper};

/// How often to look whether Jupyter is still there.
const LOOK: Duration = Duration::from_secs(1);

/// How long the answer to a shutdown has to leave: a send only puts it into the socket's queue, and no call empties that.
const LINGER: Duration = Duration::from_millis(200);

/// A message on its way out.
#[derive(Debug)]
pub enum Outgoing {
    /// To all who listen.
    IoPub(JupyterMessage),
    /// To the one who asked.
    Shell(JupyterMessage),
}

/// Where messages on their way out are put. They leave in this order.
#[derive(Clone, Debug)]
pub struct Outbox(mpsc::UnboundedSender<Outgoing>);

impl Outbox {
    /// To all who listen. When the writer is gone, the kernel is about to end, and nobody is left to tell.
    pub fn publish(&self, content: impl Into<JupyterMessageContent>, parent: &JupyterMessage) {
        let _ = self.0.send(Outgoing::IoPub(JupyterMessage::new(content, Some(parent))));
    }

    /// To the one who asked.
    pub fn answer(&self, content: impl Into<JupyterMessageContent>, parent: &JupyterMessage) {
        let _ = self.0.send(Outgoing::Shell(JupyterMessage::new(content, Some(parent))));
    }
}

/// What the tasks share.
#[derive(Clone, Default)]
struct Shared {
    /// There as soon as evcxr is.
    stopper: Arc<OnceLock<Arc<Stopper>>>,
    abortion: Arc<Abortion>,
}

impl Shared {
    fn interrupt(&self) {
        self.abortion.abort_what_waits();
        if let Some(stopper) = self.stopper.get() {
            stopper.stop(Stop::Interrupted);
        }
    }
}

/// Serves the connection that `control_file` describes until Jupyter ends it, or is gone.
///
/// # Errors
/// When the file cannot be read, or a socket cannot be bound.
pub fn serve(control_file: &Path) -> Result<(), Trouble> {
    let failed = |error: &dyn std::fmt::Display| Trouble::file("serve", control_file, error);
    let text = std::fs::read_to_string(control_file).map_err(|e| failed(&e))?;
    let connection: ConnectionInfo = serde_json::from_str(&text).map_err(|e| failed(&e))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|e| failed(&e))?;
    let result = runtime.block_on(run(&connection)).map_err(|e| failed(&e));
    // A worker that still waits for the compiler must not hold the process.
    runtime.shutdown_background();
    result
}

async fn run(connection: &ConnectionInfo) -> jupyter_zmq_client::Result<()> {
    let session = uuid::Uuid::new_v4().to_string();
    let shell = create_kernel_shell_connection(connection, &session).await?;
    let control = create_kernel_control_connection(connection, &session).await?;
    let iopub = create_kernel_iopub_connection(connection, &session).await?;
    let heartbeat = create_kernel_heartbeat_connection(connection).await?;
    // Bound because Jupyter connects to it. A cell has no standard input: evcxr speaks to its process through it.
    let _stdin = create_kernel_stdin_connection(connection, &session).await?;
    let (sender, receiver) = mpsc::unbounded_channel();
    let outbox = Outbox(sender);
    let shared = Shared::default();
    let (requests, waiting) = queue::channel();
    {
        let (outbox, shared) = (outbox.clone(), shared.clone());
        std::thread::spawn(move || worker::run(&waiting, outbox, &shared.abortion, &shared.stopper));
    }
    let (shell_writer, shell_reader) = shell.split();
    tokio::spawn(write(receiver, iopub, shell_writer));
    tokio::spawn(beat(heartbeat));
    tokio::spawn(listen(shell_reader, outbox, requests, shared.abortion.clone()));
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        () = obey(control, &shared) => {}
        () = orphaned() => {}
        _ = terminate.recv() => {}
    }
    if let Some(stopper) = shared.stopper.get() {
        stopper.kill();
    }
    Ok(())
}

async fn write(
    mut outgoing: mpsc::UnboundedReceiver<Outgoing>,
    mut iopub: KernelIoPubConnection,
    mut shell: RouterSendConnection,
) {
    while let Some(message) = outgoing.recv().await {
        // Whoever was to hear it may be gone; the others still listen.
        let _ = match message {
            Outgoing::IoPub(message) => iopub.send(message).await,
            Outgoing::Shell(message) => shell.send(message).await,
        };
    }
}

async fn beat(mut heartbeat: KernelHeartbeatConnection) {
    while heartbeat.single_heartbeat().await.is_ok() {}
}

/// Answers what needs no evcxr, and queues the rest.
async fn listen(
    mut shell: RouterRecvConnection,
    outbox: Outbox,
    requests: queue::Sender<Request>,
    abortion: Arc<Abortion>,
) {
    loop {
        let message = match shell.read().await {
            Ok(message) => message,
            Err(jupyter_zmq_client::RuntimeError::ZmqError(_)) => return,
            // Not a message, or not one that is signed.
            Err(_) => continue,
        };
        match reply::at_once(&message) {
            Some(answer) => {
                outbox.publish(Status::busy(), &message);
                outbox.answer(answer, &message);
                outbox.publish(Status::idle(), &message);
            }
            None => {
                if requests.send(abortion.request(message)).is_err() {
                    return;
                }
            }
        }
    }
}

/// Interrupts and the end; returns at the end.
async fn obey(mut control: KernelControlConnection, shared: &Shared) {
    loop {
        let message = match control.read().await {
            Ok(message) => message,
            Err(jupyter_zmq_client::RuntimeError::ZmqError(_)) => return,
            Err(_) => continue,
        };
        let answer: JupyterMessageContent = match &message.content {
            JupyterMessageContent::InterruptRequest(_) => {
                shared.interrupt();
                InterruptReply::new().into()
            }
            JupyterMessageContent::ShutdownRequest(request) => {
                ShutdownReply { restart: request.restart, ..ShutdownReply::default() }.into()
            }
            _ => match reply::at_once(&message) {
                Some(answer) => answer,
                None => continue,
            },
        };
        let _ = control.send(JupyterMessage::new(answer, Some(&message))).await;
        if matches!(message.content, JupyterMessageContent::ShutdownRequest(_)) {
            // The socket lives until here.
            tokio::time::sleep(LINGER).await;
            return;
        }
    }
}

/// Returns when the process that started the kernel is gone.
async fn orphaned() {
    let parent = rustix::process::getppid();
    while rustix::process::getppid() == parent {
        tokio::time::sleep(LOOK).await;
    }
}
