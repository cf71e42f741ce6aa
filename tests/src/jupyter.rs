//! A front end without a face: starts a kernel as Jupyter does and speaks Jupyter's protocol with it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jupyter_protocol::{
    ConnectionInfo, ExecuteRequest, InterruptRequest, JupyterMessage, JupyterMessageContent,
    KernelInfoRequest, ReplyStatus, ShutdownRequest, Transport,
};
use jupyter_zmq_client::{
    ClientControlConnection, ClientIoPubConnection, ClientShellConnection, create_client_control_connection,
    create_client_iopub_connection, create_client_shell_connection_with_identity, peek_ports_with_listeners,
    peer_identity_for_session,
};
use serde_json::Value;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// A kernel says nothing for longer only when it hangs.
const PATIENCE: Duration = Duration::from_secs(1800);

/// How often to look whether a kernel that says nothing is still there.
const LOOK: Duration = Duration::from_secs(1);

/// A running kernel.
pub struct Kernel {
    process: Child,
    runtime: tokio::runtime::Runtime,
    shell: ClientShellConnection,
    iopub: ClientIoPubConnection,
    control: ClientControlConnection,
    _connection_file: tempfile::TempDir,
    /// How long it took until the kernel answered.
    pub ready: Duration,
}

/// What came of a cell.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `ok`, `error`, `aborted`.
    pub status: ReplyStatus,
    /// What the cell printed.
    pub printed: String,
    /// What it wrote on standard error.
    pub complained: String,
    /// The plain text of what it showed.
    pub shown: Option<String>,
    /// The error's name, and its text without colours.
    pub error: Option<(String, String)>,
    /// From the request to the kernel's being idle again.
    pub took: Duration,
}

impl Kernel {
    /// Starts a kernel: `command` and `--control_file FILE`, in the folder `within`.
    ///
    /// # Panics
    /// When it doesn't start.
    pub fn start(mut command: Command, within: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("connection.json");
        let session = uuid::Uuid::new_v4().to_string();
        let begun = Instant::now();
        let (process, shell, iopub, control) = runtime.block_on(async {
            let (ports, held) =
                peek_ports_with_listeners([127, 0, 0, 1].into(), 5).await.expect("five free ports");
            let connection = ConnectionInfo {
                ip: "127.0.0.1".into(),
                transport: Transport::TCP,
                shell_port: ports[0],
                iopub_port: ports[1],
                stdin_port: ports[2],
                control_port: ports[3],
                hb_port: ports[4],
                key: session.clone(),
                signature_scheme: "hmac-sha256".into(),
                kernel_name: None,
            };
            let text = serde_json::to_string(&connection).expect("plain data");
            std::fs::write(&file, text).expect("the file can be written");
            drop(held);
            let command = command.arg("--control_file").arg(&file).current_dir(within);
            let process =
                command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the kernel starts");
            let identity = peer_identity_for_session(&session).expect("an identity");
            let shell = create_client_shell_connection_with_identity(&connection, &session, identity).await;
            let iopub = create_client_iopub_connection(&connection, "", &session).await;
            let control = create_client_control_connection(&connection, &session).await;
            let sockets = "the kernel's sockets";
            (process, shell.expect(sockets), iopub.expect(sockets), control.expect(sockets))
        });
        let mut kernel =
            Self { process, runtime, shell, iopub, control, _connection_file: folder, ready: Duration::ZERO };
        kernel.greet();
        kernel.ready = begun.elapsed();
        kernel
    }

    /// Asks who is there until the answer is heard on both channels.
    fn greet(&mut self) {
        self.runtime.block_on(async {
            loop {
                let request = JupyterMessage::new(KernelInfoRequest {}, None);
                let id = request.header.msg_id.clone();
                self.shell.send(request).await.expect("the kernel listens");
                alive(&mut self.process, self.shell.read()).await.expect("an answer");
                let heard = async { while !is_idle(&self.iopub.read().await.expect("a message"), &id) {} };
                if tokio::time::timeout(Duration::from_millis(200), heard).await.is_ok() {
                    return;
                }
            }
        });
    }

    /// Executes a cell and waits for its end.
    pub fn execute(&mut self, code: &str) -> Answer {
        let asked = self.ask(code);
        self.answer(&asked)
    }

    /// Asks for a cell to be executed and doesn't wait.
    ///
    /// # Panics
    /// When the kernel is gone.
    pub fn ask(&mut self, code: &str) -> (String, Instant) {
        let request = JupyterMessage::new(ExecuteRequest::new(code.into()), None);
        let id = request.header.msg_id.clone();
        self.runtime.block_on(self.shell.send(request)).expect("the kernel listens");
        (id, Instant::now())
    }

    /// Waits for the end of a cell.
    ///
    /// # Panics
    /// When the kernel doesn't answer.
    pub fn answer(&mut self, (id, asked): &(String, Instant)) -> Answer {
        let mut answer = Answer {
            status: ReplyStatus::Ok,
            printed: String::new(),
            complained: String::new(),
            shown: None,
            error: None,
            took: Duration::ZERO,
        };
        let all = async {
            loop {
                let message = self.iopub.read().await.expect("a message");
                if message.parent_header.as_ref().is_none_or(|parent| parent.msg_id != *id) {
                    continue;
                }
                if is_idle(&message, id) {
                    break;
                }
                answer.take(&message);
            }
            answer.took = asked.elapsed();
            loop {
                let reply = self.shell.read().await.expect("a reply");
                if let (Some(parent), JupyterMessageContent::ExecuteReply(reply)) =
                    (&reply.parent_header, &reply.content)
                    && parent.msg_id == *id
                {
                    answer.status = reply.status.clone();
                    break;
                }
            }
        };
        self.runtime.block_on(alive(&mut self.process, all));
        answer
    }

    /// Waits until a cell prints this line.
    ///
    /// # Panics
    /// When it doesn't.
    pub fn wait_for(&mut self, line: &str) {
        let heard = async {
            loop {
                let message = self.iopub.read().await.expect("a message");
                if let JupyterMessageContent::StreamContent(stream) = &message.content
                    && stream.text.lines().any(|printed| printed == line)
                {
                    return;
                }
            }
        };
        self.runtime.block_on(alive(&mut self.process, heard));
    }

    /// Interrupts what is being executed.
    ///
    /// # Panics
    /// When the kernel doesn't answer.
    pub fn interrupt(&mut self) {
        self.control(InterruptRequest {});
    }

    fn control(&mut self, request: impl Into<JupyterMessageContent>) {
        let request = JupyterMessage::new(request, None);
        self.runtime.block_on(async {
            self.control.send(request).await.expect("the kernel listens");
            alive(&mut self.process, self.control.read()).await.expect("an answer");
        });
    }

    /// The kernel's process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What the kernel and the processes below it have of the machine's memory; bytes, what they share counted twice.
    pub fn memory(&self) -> u64 {
        let mut system = System::new().expect("a system that tells");
        system.refresh_processes_specifics(
            ProcessesToUpdate::All,
            true,
            ProcessRefreshKind::nothing().with_memory(),
        );
        let top = Pid::from_u32(self.id());
        let below = |process: &sysinfo::Process| {
            let parent = |id: &Pid| system.process(*id).and_then(sysinfo::Process::parent);
            std::iter::successors(Some(process.pid()), parent).any(|id| id == top)
        };
        // Threads are listed like processes, with their process's memory.
        let processes = system.processes().values().filter(|process| process.thread_kind().is_none());
        processes.filter(|process| below(process)).map(sysinfo::Process::memory).sum()
    }

    /// Asks the kernel to end, and waits for it.
    ///
    /// # Panics
    /// When it doesn't.
    pub fn shut_down(mut self) {
        self.control(ShutdownRequest { restart: false });
        self.process.wait().expect("the kernel ends");
    }

    /// Kills the kernel: no chance to clean up.
    ///
    /// # Panics
    /// When it was gone already.
    pub fn kill(mut self) {
        self.process.kill().expect("the kernel is alive");
        self.process.wait().expect("it ends");
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for what a kernel says, as long as it lives and the patience lasts.
async fn alive<T>(process: &mut Child, heard: impl Future<Output = T>) -> T {
    let begun = Instant::now();
    let mut heard = std::pin::pin!(heard);
    loop {
        if let Ok(heard) = tokio::time::timeout(LOOK, &mut heard).await {
            return heard;
        }
        let ended = process.try_wait().expect("a child of ours");
        assert!(ended.is_none(), "the kernel ended: {ended:?}");
        assert!(begun.elapsed() < PATIENCE, "the kernel says nothing");
    }
}

fn is_idle(message: &JupyterMessage, request: &str) -> bool {
    let idle = matches!(&message.content, JupyterMessageContent::Status(status)
        if status.execution_state == jupyter_protocol::ExecutionState::Idle);
    idle && message.parent_header.as_ref().is_some_and(|parent| parent.msg_id == request)
}

impl Answer {
    fn take(&mut self, message: &JupyterMessage) {
        match &message.content {
            JupyterMessageContent::StreamContent(stream) => match stream.name {
                jupyter_protocol::Stdio::Stdout => self.printed.push_str(&stream.text),
                jupyter_protocol::Stdio::Stderr => self.complained.push_str(&stream.text),
            },
            JupyterMessageContent::ExecuteResult(result) => {
                let forms = serde_json::to_value(&result.data).unwrap_or_default();
                self.shown = Some(forms["text/plain"].as_str().unwrap_or_default().to_string());
            }
            JupyterMessageContent::ErrorOutput(error) => {
                let text = without_colours(&error.traceback.join("\n"));
                self.error = Some((error.ename.clone(), text));
            }
            _ => {}
        }
    }

    /// All of it, as a person would read it.
    pub fn transcript(&self) -> String {
        let mut text = format!("status: {:?}\n", self.status).to_lowercase();
        for (title, part) in [("printed", &self.printed), ("standard error", &self.complained)] {
            if !part.is_empty() {
                text.push_str(&format!("{title}:\n{part}"));
            }
        }
        if let Some(shown) = &self.shown {
            text.push_str(&format!("shown: {shown}\n"));
        }
        if let Some((name, error)) = &self.error {
            text.push_str(&format!("{name}:\n{error}\n"));
        }
        text
    }
}

/// A text without the sequences by which terminals change their colour.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_string();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_, rest)| rest));
    }
    plain
}

/// The code cells of a notebook, in order.
///
/// # Panics
/// When it cannot be read.
pub fn cells(notebook: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(notebook).expect("the notebook can be read");
    let notebook: Value = serde_json::from_str(&text).expect("a notebook is JSON");
    let cells = notebook["cells"].as_array().expect("a notebook has cells").iter();
    cells
        .filter(|cell| cell["cell_type"] == "code")
        .map(|cell| match &cell["source"] {
            Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
            source => source.as_str().unwrap_or_default().to_string(),
        })
        .filter(|source: &String| !source.trim().is_empty())
        .collect()
}
