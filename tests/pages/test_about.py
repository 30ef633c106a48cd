"""The page About: true to the installed packages, the citation file, the run and the documents."""

import platform
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml

import rnalign_core
from rnalign_core.evidence import published
from rnalign_core.ui import about_docs, about_page
from rnalign_core.ui.citation import bibtex, poster_sentence, read_citation, software_sentence
from rnalign_core.ui.versions import NOT_STATED, declared_licence

ROOT = Path(__file__).parents[2]
HOSTILE = "<b>x</b> [a](https://a.example) ![i](j) `c` $z$ :red[r]"
COPYLEFT = re.compile(r"GPL|GNU", re.IGNORECASE)


def requirements():
    """Names and pinned versions of requirements.txt."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    return dict(line.split("==") for line in lines if line)


def versions(at):
    (table,) = at.tables_with("Program", "Version", "Licence")
    return table.set_index("Program")


@pytest.fixture
def bare(tmp_path, use_home, open_page):
    """The page where there is no run at all."""
    use_home(tmp_path)
    return open_page("about")


def test_every_requirement_is_listed_with_the_installed_version(bare):
    shown = versions(bare)["Version"].to_dict()
    assert shown.pop("RNAlign") == rnalign_core.__version__
    assert shown.pop("Python") == platform.python_version()
    assert shown == {name: metadata.version(name) for name in requirements()}


def test_every_licence_is_stated_and_none_is_of_the_gpl(bare):
    licences = versions(bare)["Licence"]
    assert (licences.str.strip() != "").all()
    assert not licences.isin([NOT_STATED]).any()
    assert not licences.str.contains(COPYLEFT).any()
    declared = [
        field
        for name in requirements()
        for key in ("License-Expression", "Classifier", "License")
        for field in metadata.metadata(name).get_all(key, [])
        if "\n" not in field  # whole texts of licences are of what a package bundles, too
    ]
    assert len(declared) > len(requirements())
    assert [field for field in declared if COPYLEFT.search(field)] == []


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ("License-Expression: MIT AND 0BSD\nLicense: other\n", "MIT AND 0BSD"),
        ("License: BSD-3-Clause\nClassifier: License :: OSI Approved :: BSD License\n", "BSD-3-Clause"),
        (
            "License: Text\n        of many lines\nClassifier: License :: OSI Approved :: BSD License\n",
            "BSD License",
        ),
        (
            "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)\n",
            "GNU General Public",
        ),
        ("Classifier: License :: OSI Approved\n", NOT_STATED),
        ("", NOT_STATED),
    ],
)
def test_a_licence_is_what_the_metadata_declare(fields, licence, tmp_path, monkeypatch):
    (tmp_path / "made_up-1.dist-info").mkdir()
    about = f"Metadata-Version: 2.4\nName: made-up\nVersion: 1\n{fields}"
    (tmp_path / "made_up-1.dist-info" / "METADATA").write_text(about)
    monkeypatch.syspath_prepend(tmp_path)
    assert declared_licence("made-up").startswith(licence)


def test_the_citation_agrees_with_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (citation["version"], citation["license"]) == (rnalign_core.__version__, project["license"])


def test_the_page_cites_what_the_citation_file_says(bare):
    file = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    poster = file["references"][0]
    names = [author["family-names"] for author in poster["authors"]]
    assert f"{', '.join(names)}; {poster['conference']['name']}" in bare.words
    assert f"{file['authors'][0]['name']}. {file['title']}, version {file['version']}" in bare.words
    (code,) = [block.value for block in bare.code if block.value.startswith("@")]
    software, of_poster = code.split("\n\n")
    assert f"version = {{{file['version']}}}" in software
    assert f"author = {{{{{file['authors'][0]['name']}}}}}" in software
    assert f"author = {{{' and '.join(names)}}}" in of_poster
    assert f"year = {{{poster['year']}}}" in of_poster
    assert code.count("{") == code.count("}")


def test_a_changed_citation_file_changes_what_is_cited(tmp_path):
    text = (ROOT / "CITATION.cff").read_text().replace("Skanderup", "Somebody").replace("0.1.0", "9.8.7")
    (tmp_path / "CITATION.cff").write_text(f"# a comment\n\n{text}")
    citation = read_citation(tmp_path / "CITATION.cff")
    assert "Krishnamachari, Somebody; AI4X 2025" in poster_sentence(citation)
    assert "version 9.8.7" in software_sentence(citation)
    assert "Somebody" in bibtex(citation)


@pytest.mark.parametrize("file", ["README.md", "docs/citing.md"])
def test_documents_name_the_poster_as_the_citation_file_does(file):
    assert poster_sentence(read_citation()).removesuffix(" (poster).") in (ROOT / file).read_text()


def test_the_evidence_page_names_the_same_poster():
    poster = read_citation()["references"][0]
    for word in [*(author["family-names"] for author in poster["authors"]), poster["conference"]["name"]]:
        assert word in published.CITATION


def test_what_to_cite_for_data_is_that_of_the_documentation(bare):
    rows = [
        line
        for line in (ROOT / "docs/citing.md").read_text().splitlines()
        if re.match(r"\| (?!data)\w", line)
    ]
    assert len(rows) > 5
    links = re.compile(r"\[(doi:(\S+?))\]\(https://doi\.org/\2\)")  # a DOI, linked to itself
    shown = links.sub(r"\1", bare.words)
    assert [row for row in rows if row not in shown] == []
    dois = re.findall(r"doi:(10\.[^\s,;]+)", "\n".join(rows))
    assert [doi for doi in dois if f"(https://doi.org/{doi})" not in bare.words] == []


def test_without_a_run_the_page_says_so_and_shows_the_rest(bare):
    assert "There is no finished run" in bare.words
    assert "What not to conclude" in bare.words
    assert "in the open run" not in bare.words
    assert not bare.exception


def test_the_open_run_is_shown_as_its_files_say(tmp_path, use_home, open_page, write_run):
    use_home(tmp_path / "home-of-the-lab")
    run = write_run(tmp_path / "mine", simulated=False)
    at = open_page("about", run=run)
    assert "\n".join(run.provenance) in [block.value for block in at.code]
    assert f"fewer than {run.metrics['min_tumors']} tumors or {run.metrics['min_lines']} lines" in at.words
    assert "Simulated data" not in at.words
    assert "label-conditioned: not evidence" not in at.words


def test_no_path_of_this_computer_is_shown(tmp_path, use_home, open_page, write_run):
    use_home(tmp_path / "home-of-the-lab")
    run = write_run(tmp_path / "mine")
    words = open_page("about", run=run).words
    assert str(tmp_path) not in words
    assert str(ROOT) not in words


def test_a_label_conditioned_run_is_called_no_evidence(tmp_path, use_home, open_page, write_run):
    use_home(tmp_path)
    at = open_page("about", run=write_run(tmp_path / "echo", variant="type_conditioned", simulated=False))
    (warning,) = at.warning
    assert "not evidence of similarity" in warning.value.replace("\\", "")


def test_a_title_is_shown_letter_by_letter(tmp_path, use_home, open_page, write_run):
    use_home(tmp_path)
    run = write_run(tmp_path / "mine")
    file = run.path / "run.json"
    as_json = HOSTILE.replace('"', '\\"')
    file.write_text(
        re.sub(r'("(?:cohort_)?title": )"[^"]*"', lambda m: f'{m[1]}"{as_json}"', file.read_text())
    )
    at = open_page("about", run=type(run).open(run.path))
    assert sum(HOSTILE in block.value for block in at.code) == 1  # code is never Markdown
    markdown = [e.value for kind in ("markdown", "caption", "warning", "info") for e in at.get(kind)]
    assert any(r"\<b\>x\<\/b\> \[a\]\(https" in text for text in markdown)  # the cohort, in the sidebar
    assert [text for text in markdown if re.search(r"(?<!\\)(<b>|\[a\]\()", text)] == []
    assert not any(element.proto.allow_html for element in at.markdown)


def test_sources_are_those_that_data_are_fetched_from(bare):
    from rnalign_core.sources import starter, tcga_ccle

    (table,) = bare.get("table")
    shown = "\n".join(table.value.astype(str).agg(" | ".join, axis=1))
    for package in (starter.BREAST, starter.COLORECTAL, starter.LINES):
        assert re.search(rf"\[{re.escape(str(package))}\].*{re.escape(package.licence)}", shown)
    for term in ("CC BY 4.0", "terms of use", "open access"):  # as the credits of the full cohort say
        assert term in shown
        assert term in " ".join(tcga_ccle.CREDITS)
    (doi,) = re.findall(r"10\.25452/\S+?(?=\))", " ".join(tcga_ccle.CREDITS))
    assert f"https://doi.org/{doi}" in shown


@pytest.mark.parametrize("file", about_docs.GUIDES)
def test_a_document_can_be_read_on_the_page(bare, file):
    bare.selectbox(about_docs.CHOICE).set_value(file).run()
    assert not bare.exception
    text = (ROOT / "docs" / file).read_text()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings
    assert [line for line in headings if line not in bare.words] == []
    assert text.splitlines()[-1].split("](")[0].split("[")[0] in bare.words
    assert len(bare.get("image")) == text.count("](images/")
    assert not re.search(r"\]\((?!https?://)[\w./]+\)", "\n".join(e.value for e in bare.markdown))


def test_what_is_readable_of_a_document():
    text = "See [this](a/b.md) and [that](https://c.example).\n\n![A map](images/m.png)\n\nAfter."
    assert list(about_docs.readable(text)) == [
        ("text", "See this and [that](https://c.example).\n\n"),
        ("image", "images/m.png"),
        ("text", "\n\nAfter."),
    ]


def test_pages_that_are_named_exist():
    titles = set(re.findall(r'title="([^"]+)"', (ROOT / "app.py").read_text()))
    named = set(re.findall(r"^- \*\*([^*]+)\*\*:", about_page.PAGES, re.MULTILINE))
    assert named == titles - {"About"}


def test_no_heavy_library_is_loaded_for_the_demo(loaded_by, tmp_path):
    assert loaded_by("about", RNALIGN_HOME=tmp_path, RNALIGN_RUN="") == set()
