"""The report's pages in a browser without any network: charts are drawn, nothing overflows."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from jobs.report.figures import NETWORK_LEVEL, Figures, Level
from jobs.report.names import page_name
from jobs.report.page import pages
from jobs.report.words import LANGUAGES
from tests.activation_figures import activation
from tests.html_pages import parsed
from tests.report_figures import made_up

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="no chromium on the PATH: install it to see the pages drawn"
    ),
]
NASTY = '<b>&"x'
KINDS = {"network": NETWORK_LEVEL, "store": Level.store(NASTY), "empty": Level.store("empty")}
CHARTS = {"network": 16, "store": 16, "empty": 0, "campaign": 7}

# Opens a page in a frame of some width, waits until its charts are drawn, tries the select and
# the keyboard's way, and writes down what it finds.
HARNESS = """<!DOCTYPE html><title>harness</title>
<iframe id="frame" src="{page}" width="{width}" height="900"></iframe><pre id="found"></pre>
<script>
const frame = document.getElementById("frame");
const drawn = (page) => [...page.querySelectorAll(".chart")].every((each) => each.dataset.drawn);
const pause = () => new Promise((done) => setTimeout(done, 100));
frame.addEventListener("load", async () => {{
  const page = frame.contentDocument;
  while (!drawn(page)) await pause();
  await pause();
  const charts = [...page.querySelectorAll(".chart")];
  const root = page.documentElement;
  const told = (elements) => elements.map((each) => each.outerHTML.slice(0, 200));
  const wide = () => told([...page.querySelectorAll("body *")].filter((each) =>
    each.getBoundingClientRect().right > root.clientWidth + 0.5 &&
    !each.closest(".scroll, .contents, .unseen, .skip, svg")));
  // Labels of a chart stay in its card.
  const spilt = () => told([...page.querySelectorAll(".chart svg text")].filter((each) => {{
    const [text, card] = [each, each.closest("figure")].map((one) => one.getBoundingClientRect());
    return text.width && (text.right > card.right || text.left < card.left);
  }}));
  const found = {{
    drawn: charts.map((each) => [each.id, each.dataset.drawn, each.querySelectorAll("svg").length,
      each.querySelectorAll("svg path, svg text").length]),
    width: root.clientWidth, scroll: root.scrollWidth, wide: wide(),
    spilt: spilt(),
    figures: Object.fromEntries([...page.querySelectorAll(".tile")].map((each) =>
      [each.dataset.indicator, each.querySelector(".figure").innerText])),
  }};
  const select = page.getElementById("indicator");
  if (select) {{
    found.chosen = select.options[3].text;
    select.value = "3";
    select.dispatchEvent(new Event("change"));
    for (let each = 0; each < 20; each += 1) await pause();
    found.sentence = page.getElementById("sentence-evolution").innerText;
    found.redrawn = page.getElementById("chart-evolution").querySelector("svg").outerHTML.length;
    found.visible = getComputedStyle(select).display !== "none" && select.offsetParent !== null;
  }}
  for (const each of page.querySelectorAll("details")) each.open = true;
  await pause();
  found.opened = [root.scrollWidth, wide()];
  document.getElementById("found").textContent = JSON.stringify(found);
}});
</script>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages of the network, of a store whose code is markup, and of one with nothing."""
    made = tmp_path_factory.mktemp("report")
    given = made_up([f"{number:02}" for number in range(20)] + [NASTY], 24)
    more = {"stores": {**given.stores, "empty": ""}, "activation": activation()}
    figures = Figures(**{**vars(given), **more})
    for page in pages(figures, [NASTY, "empty"], LANGUAGES):
        (made / page.name).write_text(page.html, encoding="utf-8")
    return made


def chromium(*options: str) -> subprocess.CompletedProcess[str]:
    assert CHROMIUM
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--allow-file-access-from-files",
        # Whatever a page asks for, nobody answers.
        "--proxy-server=127.0.0.1:9",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr",
        "--virtual-time-budget=30000",
        *options,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)


def opened(folder: Path, name: str, width: int) -> tuple[dict[str, Any], list[str]]:
    """What the harness finds on a page, and the lines of the console."""
    file = folder / f"harness-{width}.html"
    file.write_text(HARNESS.format(page=name.replace("~", "%7E"), width=width), encoding="utf-8")
    profile = f"--user-data-dir={folder}/profile"
    done = chromium(profile, "--window-size=1500,1000", "--dump-dom", file.as_uri())
    found = parsed(done.stdout).one("pre", id="found")
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert found.text, (console, done.stderr[-2000:])
    return json.loads(found.text), console


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", CHARTS)
def test_a_page_is_drawn_whole_and_fits(folder: Path, kind: str, language: str, width: int) -> None:
    level = KINDS.get(kind)
    name = page_name(level, language) if level else f"campaign-x.{language}.html"
    tree = parsed((folder / name).read_text(encoding="utf-8"))
    found, console = opened(folder, name, width)
    assert console == []
    charts = [each.attributes["id"] for each in tree.all("div", class_="chart")]
    assert len(charts) == CHARTS[kind]
    assert [each[:3] for each in found["drawn"]] == [[chart, "yes", 1] for chart in charts]
    assert all(marks > (2 if kind == "campaign" else 5) for *_, marks in found["drawn"])
    assert found["figures"] == {
        tile.attributes["data-indicator"]: tile.one("span", class_="figure").text
        for tile in tree.all("li", class_="tile")
    }
    assert (len(found["figures"]) == 12) is (kind in ("network", "store"))
    assert found["wide"] == []
    assert found["spilt"] == []
    assert found["scroll"] <= found["width"] <= width
    assert found["opened"] == [found["scroll"], []]
    if kind in ("network", "store"):
        assert found["visible"]
        assert found["sentence"].startswith(f"{found['chosen']}: ")
        assert found["redrawn"] > 1000


def test_a_printed_page_shows_all_and_fits_the_paper(folder: Path) -> None:
    name = page_name(NETWORK_LEVEL, "en")
    paper = folder / "network.pdf"
    profile = f"--user-data-dir={folder}/profile"
    chromium(profile, f"--print-to-pdf={paper}", (folder / name).as_uri())
    content = paper.read_bytes()
    sections = (folder / name).read_text(encoding="utf-8").count("<section ")
    assert len(re.findall(rb"/Type\s*/Page\b", content)) > sections
