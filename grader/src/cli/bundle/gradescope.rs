//! `course bundle gradescope`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::bundle::gradescope::{Options, archive};
use crate::cli::{Course, Problem, Verdict, clone, grade};
use crate::grading::{Secret, write_whole};

/// The arguments of `course bundle gradescope`.
#[derive(clap::Args)]
pub struct Args {
    /// The archive to write.
    #[arg(default_value = "autograder.zip")]
    archive: PathBuf,
    /// What counts how much, in TOML, as for `course grade`.
    #[arg(long, value_name = "FILE")]
    marks: Option<PathBuf>,
    /// A secret for hidden runs, as for `course grade`.
    #[arg(long, value_name = "FILE")]
    secret: Option<PathBuf>,
    /// Grade although nothing keeps a submission's code from the container.
    #[arg(long)]
    unsandboxed: bool,
}

/// Runs the command: writes the autograder, from the commit that is checked out.
///
/// # Errors
/// When there is no commit to make it from, or a file can't be read or written.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let commit = clone::checked_out(course)?;
    let read = |file: &PathBuf| {
        fs::read(file).map_err(|e| Problem::file("read", file, &e, "name a file that can be read"))
    };
    if let Some(file) = &args.marks {
        // A mistake in it is told here, and not by every submission.
        grade::marking(Some(file), &[])?;
    }
    let marks = args.marks.as_ref().map(read).transpose()?;
    if let Some(file) = &args.secret {
        Secret::read(file)?;
    }
    let options = Options {
        toolchain: toolchain()?,
        marks: marks.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        secret: args.secret.as_ref().map(read).transpose()?,
        unsandboxed: args.unsandboxed,
    };
    let bytes = archive(&commit.files, &options).map_err(|why| {
        Problem::new(
            format!("the archive can't be made: {why}"),
            "report this: it is a mistake of the course",
        )
    })?;
    write_whole(&args.archive, &bytes)
        .map_err(|e| Problem::file("write", &args.archive, &e, "name a file that can be written"))?;
    say!(
        "{}: {:.1} MB, from commit {}. It holds the solutions{}: give it to nobody but Gradescope.\n\
         Upload it there as the assignment's autograder (\"Zip file upload\"). Building the image takes some ten minutes and the \
         network; grading needs none.",
        args.archive.display(),
        bytes.len() as f64 / 1e6,
        commit.id,
        if options.secret.is_some() { " and your secret" } else { "" }
    );
    Ok(Verdict::Good)
}

/// The compiler's version, as rustup names toolchains.
fn toolchain() -> Result<String, Problem> {
    let next = "install Rust from https://rustup.rs, then try again";
    let output = Command::new("rustc")
        .arg("-vV")
        .output()
        .map_err(|e| Problem::new(format!("cannot run rustc: {e}"), next))?;
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let release = told.lines().find_map(|line| line.strip_prefix("release: "));
    let release = release.ok_or_else(|| Problem::new("rustc does not say its version", next))?;
    // A version of another channel is known by the channel's name.
    Ok(match release.split_once('-') {
        None => release.to_owned(),
        Some((_, channel)) => channel.split('.').next().unwrap_or(channel).to_owned(),
    })
}
