//! Requests that wait for the worker, and those of them that shall not be executed any more.

use std::sync::atomic::{AtomicU64, Ordering};

use jupyter_protocol::JupyterMessage;

/// A request that waits for the worker.
#[derive(Debug)]
pub struct Request {
    /// What Jupyter sent.
    pub message: JupyterMessage,
    came: u64,
}

/// Drops what waits: after an error the cells that were asked for behind it, after an interrupt all.
#[derive(Debug, Default)]
pub struct Abortion(AtomicU64);

impl Abortion {
    /// A request that comes now.
    pub fn request(&self, message: JupyterMessage) -> Request {
        Request { message, came: self.0.load(Ordering::SeqCst) }
    }

    /// Whatever came until now and waits shall not be executed.
    pub fn abort_what_waits(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether a request shall not be executed.
    pub fn concerns(&self, request: &Request) -> bool {
        request.came < self.0.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jupyter_protocol::ExecuteRequest;

    #[test]
    fn what_waited_is_dropped_and_what_comes_later_is_not() {
        let abortion = Abortion::default();
        let request = || abortion.request(ExecuteRequest::new("1".into()).into());
        let (first, second) = (request(), request());
        assert!(!abortion.concerns(&first));
        abortion.abort_what_waits();
        assert!(abortion.concerns(&second));
        assert!(!abortion.concerns(&request()));
    }
}
