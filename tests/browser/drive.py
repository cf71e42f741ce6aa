"""Drives JupyterLab in Chromium as a reader would, and says what it saw, one JSON object a line.

    drive.py ADDRESS CHROMIUM PICTURES TASKS

ADDRESS: a server's address with its token. CHROMIUM: the browser's program. PICTURES: the folder for screenshots.
TASKS: a JSON file: {"notebooks": [...], "player": {"notebook", "cell"}, "slider": {"cell", "knob", "keys"}, "stub":
{"notebook", "exercise", "cell"}}; a cell is named by a text that it contains.

The page's application object is used for what a reader does not do: opening a file by its name, and reading the outputs of
cells that are scrolled out of sight. All else goes through the mouse and the keyboard.
"""

import json
import sys
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

MINUTE = 60_000

# Opens a notebook and waits for its kernel.
OPEN = """async path => {
    const app = window.jupyterapp;
    await app.restored;
    const panel = await app.commands.execute('docmanager:open', {path, factory: 'Notebook'});
    await panel.context.ready;
    await panel.sessionContext.ready;
    return panel.sessionContext.session?.kernel?.name ?? 'none';
}"""

# What every code cell of the current notebook came to.
SEEN = """() => {
    const cells = Array.from(window.jupyterapp.shell.currentWidget.content.model.cells);
    return cells.filter(cell => cell.type === 'code' && cell.sharedModel.source.trim() !== '').map(cell => ({
        source: cell.sharedModel.source.split('\\n')[0],
        executed: cell.executionCount !== null,
        running: cell.executionState === 'running',
        errors: cell.outputs.toJSON().filter(output => output.output_type === 'error').map(output => output.evalue),
        outputs: cell.outputs.length,
    }));
}"""

CLOSE = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    await panel.sessionContext.shutdown();
    panel.context.model.dirty = false;
    panel.close();
}"""

# Brings the first cell into view whose source contains a text, and makes it the active one.
SHOW = """async text => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    const place = Array.from(notebook.model.cells).findIndex(cell => cell.sharedModel.source.includes(text));
    if (place < 0) throw new Error('no cell says ' + text);
    notebook.activeCellIndex = place;
    await notebook.scrollToItem(place, 'start');
    return place;
}"""


def say(**seen):
    print(json.dumps(seen), flush=True)


class Reader:
    """A page of JupyterLab."""

    def __init__(self, page, pictures):
        self.page = page
        self.pictures = pictures

    def open(self, notebook):
        return self.page.evaluate(OPEN, notebook)

    def close(self):
        self.page.evaluate(CLOSE)

    def run_all(self):
        """By the menu, as readers do; returns what became of the cells."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text="Run").first.click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        done = f"""() => {{ const cells = ({SEEN})();
            return cells.every(cell => cell.executed && !cell.running) || cells.some(cell => cell.errors.length > 0); }}"""
        self.page.wait_for_function(done, timeout=5 * MINUTE, polling=250)
        return self.page.evaluate(SEEN)

    def cell(self, text):
        """The first cell that contains the text, scrolled into view."""
        place = self.page.evaluate(SHOW, text)
        cell = self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{place}']")
        cell.wait_for()
        return cell

    def picture(self, name, element=None):
        (element or self.page).screenshot(path=f"{self.pictures}/{name}.png")


def run_every_notebook(reader, notebooks):
    for notebook in notebooks:
        kernel = reader.open(notebook)
        cells = reader.run_all()
        say(
            notebook=notebook,
            kernel=kernel,
            cells=len(cells),
            executed=sum(cell["executed"] for cell in cells),
            errors=[[cell["source"], *cell["errors"]] for cell in cells if cell["errors"]],
        )
        reader.close()


def fill_in_a_stub(reader, stub):
    """Types an answer over a stub, runs it and the check below it."""
    page = reader.page
    reader.open(stub["notebook"])
    # The first cell brings the lab along.
    reader.cell(":dep").locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    check = f"exercises::{stub['exercise']}::answer"

    def checked():
        cell = reader.cell(check)
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        page.wait_for_function(
            f"""text => {{ const cells = ({SEEN})();
                const cell = cells.find(cell => cell.source.includes(text)); return cell.executed && !cell.running; }}""",
            arg=check,
            timeout=MINUTE,
        )
        output = cell.locator(".jp-OutputArea-output").last
        output.wait_for()
        colours = output.locator("li strong").evaluate_all("signs => signs.map(sign => getComputedStyle(sign).color)")
        return output.inner_text(), colours

    def typed(text):
        reader.cell(f"mod {stub['exercise']}").locator(".cm-content").click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(text)
        page.keyboard.press("Shift+Enter")

    reader.cell(f"mod {stub['exercise']}").locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    before, _ = checked()
    typed(stub["cell"])
    after, colours = checked()
    say(stub=stub["exercise"], before=before.splitlines()[0], after=after.splitlines()[0], colours=sorted(set(colours)))
    # The check alone: the cell above it has a solution in it.
    reader.picture("check", reader.cell(check))
    reader.close()


def operate_a_player(reader, player):
    """Goes through a diagram's first events, by the mouse and by the keyboard."""
    reader.open(player["notebook"])
    run_to(reader, player["cell"])
    cell = reader.cell(player["cell"])
    status = cell.get_by_role("status")
    seen = [status.inner_text()]

    def press(name):
        cell.get_by_role("button", name=name, exact=True).click()
        seen.append(status.inner_text())

    press("To the start")
    press("One event forward")
    for key in ["ArrowRight", "ArrowRight", "ArrowLeft"]:
        reader.page.keyboard.press(key)
        seen.append(status.inner_text())
    cell.get_by_role("button", name="Play or pause").click()
    reader.page.wait_for_function(
        "cell => cell.querySelector('img.live-player').parentNode.shadowRoot.querySelector('[role=status]').textContent.startsWith('5 of')",
        arg=cell.element_handle(),
    )
    cell.get_by_role("button", name="Play or pause").click()
    reader.picture("player", cell.locator(".jp-OutputArea-output").last)
    press("To the end")
    say(player=seen, events=int(seen[-1].split(" ")[2]))
    # Keys of JupyterLab's own must not have been meant: in its command mode, `d` twice deletes a cell.
    before = reader.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.cells.length")
    for key in "dd":
        reader.page.keyboard.press(key)
    after = reader.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.cells.length")
    say(cells_after_two_keys=after - before)


def operate_a_slider(reader, slider):
    """Turns a knob by the keyboard."""
    run_to(reader, slider["cell"])
    cell = reader.cell(slider["cell"])
    # The value beside each knob is a status too.
    status = cell.locator("p[role=status]")
    seen = [status.inner_text()]
    cell.get_by_role("slider").nth(slider["knob"]).focus()
    for key in slider["keys"]:
        reader.page.keyboard.press(key)
        seen.append(status.inner_text())
    say(slider=seen)
    reader.picture("sliders", cell.locator(".jp-OutputArea-output").last)
    reader.close()


def run_to(reader, text):
    """Runs a cell and all above it."""
    reader.cell(text)
    reader.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-above')")
    reader.page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-cell')")
    reader.page.wait_for_function(
        f"""text => {{ const cells = ({SEEN})();
            return cells.every(cell => !cell.running) && window.jupyterapp.shell.currentWidget.content.activeCell.model.executionCount !== null; }}""",
        arg=text,
        timeout=5 * MINUTE,
        polling=250,
    )


def main():
    address, chromium, pictures, tasks = sys.argv[1:]
    with open(tasks, encoding="utf-8") as file:
        tasks = json.load(file)
    with sync_playwright() as playwright:
        # In a container the reader is root, for whom Chromium's own sandbox does not start.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=1)
        elsewhere = []
        home = urlsplit(address).netloc
        page.on("request", lambda request: foreign(request.url, home) and elsewhere.append(request.url))
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        page.wait_for_selector(".lm-MenuBar", timeout=2 * MINUTE)
        reader = Reader(page, pictures)
        run_every_notebook(reader, tasks["notebooks"])
        operate_a_player(reader, tasks["player"])
        operate_a_slider(reader, tasks["slider"])
        fill_in_a_stub(reader, tasks["stub"])
        say(loaded_from_elsewhere=sorted(set(elsewhere)), page_errors=complaints)
        browser.close()


def foreign(url, home):
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != home


if __name__ == "__main__":
    main()
