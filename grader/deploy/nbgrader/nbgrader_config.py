"""nbgrader's configuration for the replication course.

`cargo course bundle nbgrader FOLDER` writes it beside the notebooks. Tested with nbgrader 0.9.6.
"""

import json
import os
import subprocess
import tempfile

import nbformat
from nbconvert.preprocessors import ClearMetadataPreprocessor
from nbgrader import preprocessors as of_nbgrader
from nbgrader import utils

c = get_config()  # noqa: F821

# The clone of the course, and its command.
COURSE = "the clone of the course"
COMMAND = ["cargo", "course"]

# How `nbgrader autograde` finds out what an answer earns.
#
# "sandbox": the answers go through `cargo course grade`. Nothing of a submission runs with your rights, and nothing in it
#     can write its own points. Cells that are no answers are not run.
# "kernel": the whole notebook runs in the course's kernel, as nbgrader does it with every course: with your rights, and
#     whoever hands in can make a cell say any number.
JUDGE = os.environ.get("COURSE_JUDGE", "sandbox")
# More arguments of `cargo course grade` for the sandbox, such as ["--secret", "/home/me/secret"].
MORE = []


class Stubs(of_nbgrader.ClearSolutions):
    """Puts the course's own stubs in place of its solutions: each says what is to be done there, and compiles."""

    def preprocess_cell(self, cell, resources, cell_index):
        stub = cell.metadata.get("course", {}).pop("unsolved", None)
        if stub is None:
            return super().preprocess_cell(cell, resources, cell_index)
        cell.source = stub
        return cell, resources


class InTheKernel(of_nbgrader.Execute):
    """Runs the notebook in the course's kernel."""

    def preprocess(self, *arguments, **named):
        # What a learner's cells answer is nobody's progress on this machine.
        os.environ["COURSE_PROGRESS"] = ""
        return super().preprocess(*arguments, **named)

    def on_cell_executed(self, **about):
        cell, reply = about["cell"], about["execute_reply"]["content"]
        # The kernel's reply only says that there was an error. Which one stands among the outputs.
        for key, value in [("ename", "Error"), ("evalue", ""), ("traceback", [""])]:
            reply.setdefault(key, value)
        super().on_cell_executed(**about)
        if utils.is_grade(cell):
            # nbgrader takes any line on standard error for a failure; it may be what the answer printed while it was checked.
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
            if not any(output.output_type in ("error", "execute_result") for output in cell.outputs):
                # And it gives all points to a cell that says nothing.
                cell.outputs.append(nbformat.v4.new_output("error", ename="NoPoints", evalue="this cell gave no points"))


class InTheSandbox(of_nbgrader.NbGraderPreprocessor):
    """Puts the points that `cargo course grade` gives, and why, below the cells that check an answer."""

    def preprocess(self, nb, resources):
        # By nbgrader's own ids: whoever hands in can change all other metadata.
        cells = {
            cell.metadata.nbgrader.grade_id[: -len("-check")].replace("-", "."): cell
            for cell in nb.cells
            if utils.is_grade(cell) and cell.metadata.nbgrader.grade_id.endswith("-check")
        }
        if not cells:
            return nb, resources
        with tempfile.TemporaryDirectory() as folder:
            handed_in, results = (os.path.join(folder, name) for name in ("class", "results.json"))
            os.makedirs(os.path.join(handed_in, "learner"))
            # Without its outputs, as everything here: what counts are the sources.
            nbformat.write(nb, os.path.join(handed_in, "learner", "notebook.ipynb"))
            only = [word for exercise in sorted(cells) for word in ("--exercise", exercise)]
            kept = os.path.join(folder, "kept")
            graded = self.course("grade", handed_in, "--json", "--results", kept, *only, *MORE)
            with open(results, "w", encoding="utf-8") as file:
                file.write(graded)
            tests = json.loads(self.course("report", results, "--format", "gradescope"))["tests"]
        for exercise in json.loads(graded)["learners"][0]["exercises"]:
            cell = cells.pop(exercise["exercise"])
            if exercise["points"] is None:
                raise RuntimeError(f"{exercise['exercise']} could not be graded: {exercise.get('grader_fault')}")
            told = self.told(exercise, [test for test in tests if test["tags"][0] == exercise["exercise"]])
            cell.outputs = [
                nbformat.v4.new_output("stream", name="stdout", text=told),
                nbformat.v4.new_output("execute_result", {"text/plain": f"{exercise['points']:g}"}),
            ]
        if cells:
            raise RuntimeError(f"nothing was said of {', '.join(cells)}: is this another version of the course?")
        return nb, resources

    def told(self, exercise, tests):
        """A line for each scenario, and the first that did not pass in detail."""
        lines = [f"{exercise['exercise']} {exercise['title']}: {exercise['points']:g} of {exercise['max_points']:g} points"]
        for test in tests:
            sign = "✔" if test["status"] == "passed" else "✘"
            lines.append(f"  {sign} {test['name'].removeprefix(exercise['exercise']).strip()}")
        if exercise["outcome"] in ("stub", "not-handed-in"):
            lines += ["", "Still the stub."]
        else:
            lines += [f"\n{test['output']}" for test in tests if test["status"] != "passed"][:1]
        return "\n".join(lines) + "\n"

    def course(self, *arguments):
        done = subprocess.run([*COMMAND, *arguments], cwd=COURSE, capture_output=True, encoding="utf-8", check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout


c.CourseDirectory.course_id = "replication"

c.GenerateAssignment.preprocessors = [
    of_nbgrader.IncludeHeaderFooter,
    of_nbgrader.LockCells,
    Stubs,
    of_nbgrader.ClearOutput,
    of_nbgrader.CheckCellMetadata,
    of_nbgrader.ComputeChecksums,
    of_nbgrader.SaveCells,
    of_nbgrader.ClearHiddenTests,
    of_nbgrader.ClearMarkScheme,
    of_nbgrader.ComputeChecksums,
    of_nbgrader.CheckCellMetadata,
]
# For cells of your own.
c.ClearSolutions.code_stub = {"rust": 'todo!("your code here")'}

c.Autograde.autograde_preprocessors = [
    {"sandbox": InTheSandbox, "kernel": InTheKernel}[JUDGE],
    of_nbgrader.IgnorePattern,
    ClearMetadataPreprocessor,
    of_nbgrader.LimitOutput,
    of_nbgrader.SaveAutoGrades,
    of_nbgrader.AssignLatePenalties,
    of_nbgrader.CheckCellMetadata,
]
# A check that somebody deleted comes back. In the kernel it could not: nbgrader writes a comment of Python's into it.
c.OverwriteCells.add_missing_cells = JUDGE == "sandbox"
# The first cell of a kernel takes longer than nbgrader's 30 s on a busy machine.
c.InTheKernel.timeout = 600
c.InTheKernel.startup_timeout = 120
# Where Jupyter finds the course's kernel, which `cargo course lab` makes.
os.environ["JUPYTER_PATH"] = os.pathsep.join(
    [os.path.join(COURSE, ".course", "python", "share", "jupyter"), *filter(None, [os.environ.get("JUPYTER_PATH")])]
)
