//! What a reader sees of a run: tables, charts, diagrams.
//!
//! Every view has two forms that say the same: HTML for a notebook and plain text for a terminal, for GitHub,
//! for a screen reader and for a notebook that is not trusted. Pictures are static SVG inside an `<img>`,
//! the one form that JupyterLab shows in a notebook it does not trust.

mod canvas;
mod chart;
mod figure;
pub(crate) mod palette;
mod space_time;
mod table;

pub use chart::Chart;
pub use figure::Figure;
pub use space_time::{SpaceTime, space_time, space_time_svg};
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
