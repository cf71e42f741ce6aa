//! What a reader sees of a run: tables, charts, diagrams.
//!
//! | view | question |
//! |---|---|
//! | [`SpaceTime`] | which messages led to this? |
//! | [`HappensBefore`] | which events could know of which? |
//! | [`HistoryTimeline`] | could one copy have behaved like this? |
//! | [`StateTimeline`] | who was leader when? |
//! | [`LagChart`] | how far is a follower behind? |
//! | [`LagBands`] | is that dangerous? |
//! | [`LatencyChart`] | how slow are the slowest? |
//! | [`RingPicture`] | which keys are whose? |
//! | [`Chart`], [`Table`] | anything else that has numbers |
//!
//! Every view has two forms that say the same: HTML for a notebook and plain text for a terminal, for GitHub,
//! for a screen reader and for a notebook that is not trusted. Pictures are SVG inside an `<img>`,
//! the one form that JupyterLab shows in a notebook it does not trust. Where scripts run, a reader can play the events
//! of a space–time diagram one by one, and turn the knobs of figures that have some; the still picture and the text say
//! the same without. Pictures lie on a light card of their own, so that
//! light and dark themes show the same picture, and say nothing by colour alone.
//!
//! To look at all of them: `cargo run -p replication-lab --example gallery -- gallery.html`.
//!
//! # Limits
//! A picture shows one run as it was: what can be played was drawn beforehand, and nothing is computed while a reader
//! looks. Beyond 90 rows of a space–time diagram and 24 operations of
//! a history, it leaves out and says how much; the text form of a diagram is always whole.
//!
//! # Examples
//! ```
//! use replication_lab::leaderless::Leaderless;
//! use replication_lab::view::space_time;
//!
//! let mut cluster = Leaderless::builder().clients(2).seed(7).build()?;
//! cluster.write("c1", "x", "1")?;
//! let figure = space_time(cluster.trace().expect("it is on by default"));
//! assert!(figure.as_html().starts_with("<img alt="));
//! println!("{}", figure.as_text());
//! # Ok::<(), replication_lab::leaderless::SetupError>(())
//! ```

pub(crate) mod canvas;
mod chart;
mod figure;
mod happens_before;
mod history_timeline;
mod lag;
mod lag_bands;
mod latency;
mod live;
pub(crate) mod palette;
mod plot;
mod ring;
pub(crate) mod sliders;
mod space_time;
mod states;
mod table;
mod time_axis;

pub use chart::Chart;
pub use figure::Figure;
pub use happens_before::HappensBefore;
pub use history_timeline::HistoryTimeline;
pub use lag::{LagChart, LagReading, LagUnit};
pub use lag_bands::{BandSpell, BandState, LagBand, LagBands};
pub use latency::{LatencyChart, percentile};
pub use ring::RingPicture;
pub use space_time::{SpaceTime, space_time, space_time_svg};
pub use states::StateTimeline;
pub use table::Table;

/// Gives a type with a method `figure(&self) -> Figure` the method by which the notebook kernel shows it.
#[macro_export]
macro_rules! shown_in_notebooks {
    ($($type:ty),+ $(,)?) => {
        $(impl $type {
            /// Shows the value as a cell's output (called by the kernel).
            pub fn evcxr_display(&self) {
                self.figure().print();
            }
        })+
    };
}

/// Gives a cluster with a method `trace(&self) -> Option<&Trace>` the methods that draw its run.
macro_rules! drawn_from_its_trace {
    ($type:ty) => {
        impl $type {
            /// The space–time diagram of the run so far, with the transcript as its text form.
            pub fn diagram(&self) -> $crate::view::Figure {
                self.diagram_since(0)
            }

            /// This place in the trace, for [`diagram_since`](Self::diagram_since).
            pub fn mark(&self) -> usize {
                self.trace().map_or(0, $crate::trace::Trace::len)
            }

            /// The diagram of what happened since a place in the trace.
            pub fn diagram_since(&self, mark: usize) -> $crate::view::Figure {
                match self.trace() {
                    Some(trace) => $crate::view::SpaceTime::of(&trace.since(mark)).figure(),
                    None => $crate::view::Figure::text(
                        "The trace is switched off: build the cluster with `.trace(true)`.",
                    ),
                }
            }
        }
    };
}
pub(crate) use drawn_from_its_trace;
