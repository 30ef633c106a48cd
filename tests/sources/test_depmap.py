"""Cell lines of DepMap, in both layouts of its table of expression."""

import numpy as np
import pandas as pd
import pytest

from rnalign_core.problems import InputError
from rnalign_core.sources.depmap import keep_rows, read_expression, read_models
from rnalign_core.sources.oncotree import read_mapping

GENES = ["TSPAN6 (7105)", "TNMD (64102)", "TP53 (7157)"]
MODELS = ["ACH-000001", "ACH-000002", "ACH-000003"]
VALUES = pd.DataFrame(
    [[4.331992, 0.0, 7.364397], [4.567424, 0.584963, 7.106641], [3.15056, 0.0, 7.379032]], MODELS, GENES
)


@pytest.fixture
def by_model(tmp_path):
    """Return the file of 24Q4."""
    path = tmp_path / "OmicsExpressionProteinCodingGenesTPMLogp1.csv"
    VALUES.to_csv(path)
    return path


def profiles(path, answers=("Yes", "No", "Yes", "Yes"), change=lambda table: table):
    """Write the file of a newer release: four profiles, of which the second is not the default of its model."""
    table = VALUES.loc[[MODELS[0], MODELS[1], MODELS[1], MODELS[2]]].reset_index(drop=True)
    table.iloc[1] = 99
    about = {
        "SequencingID": ["CDS-1", "CDS-2", "CDS-3", "CDS-4"],
        "ModelID": [MODELS[0], MODELS[1], MODELS[1], MODELS[2]],
        "IsDefaultEntryForModel": answers,
        "ModelConditionID": ["MC-1", "MC-2", "MC-3", "MC-4"],
        "IsDefaultEntryForMC": ["Yes"] * 4,
    }
    change(pd.concat([pd.DataFrame(about), table], axis=1)).to_csv(path)
    return path


def test_rows_by_model(by_model):
    raw = read_expression(by_model)
    assert raw.row_names["ModelID"] == MODELS
    assert raw.columns == GENES
    np.testing.assert_allclose(raw.values, VALUES, rtol=1e-6)


def test_default_profiles_of_models(tmp_path):
    raw = read_expression(profiles(tmp_path / "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv"))
    assert raw.row_names["ModelID"] == MODELS
    assert raw.columns == GENES
    np.testing.assert_allclose(raw.values, VALUES, rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            lambda table: table.drop(columns="IsDefaultEntryForModel"),
            "1 model more than once: ACH-000002",
        ),
        (lambda table: table.assign(IsDefaultEntryForModel="No"), "no rows of models.*no default profile"),
        (lambda table: table.assign(IsDefaultEntryForModel="Yes"), "1 model more than once: ACH-000002"),
        (lambda table: table.assign(ModelID=["a", "b", "c", "d"]), "no rows of models.*: a, c, d"),
    ],
)
def test_other_layouts(tmp_path, change, found):
    with pytest.raises(InputError, match=found):
        read_expression(profiles(tmp_path / "x.csv", change=change))


def test_text_among_the_numbers_keeps_its_place(by_model):
    by_model.write_text(by_model.read_text().replace("3.15056", "none of it"))
    raw = keep_rows(read_expression(by_model), np.array([0, 2]))
    assert raw.text_cells.to_dict("records") == [{"row": 1, "column": 0, "text": "none of it"}]
    assert np.isnan(raw.values[1, 0])


def test_what_is_known_about_lines(tmp_path):
    table = pd.DataFrame(
        {
            "ModelID": [*MODELS, "ACH-000004", "ACH-000005", "ACH-000009"],
            "CellLineName": ["NIH:OVCAR-3", None, "NCI-H1", "HBEC", "Org", "Other"],
            "StrippedCellLineName": ["NIHOVCAR3", "HL60", "NCI-H1", "HBEC", "ORG", "OTHER"],
            "OncotreeCode": ["HGSOC", "AML", None, None, "LUAD", "LUAD"],
            "OncotreePrimaryDisease": ["Ovarian", "AML", "Unknown", "Non-Cancerous", "Lung", "Lung"],
            "RRID": ["CVCL_0465", "CVCL_0002", None, None, None, None],
            "CCLEName": ["NIHOVCAR3_OVARY", "HL60_HAEMATOPOIETIC", None, None, None, None],
            "ModelType": ["Cell Line", "Cell Line", None, "Cell Line", "Organoid", "Cell Line"],
            "ModelSubtypeFeatures": ["TP53 mutated", None, None, None, None, None],
            "PublicComments": ['of "two"\nlines, here', None, None, None, None, None],
        }
    )
    table.to_csv(tmp_path / "Model.csv", index=False)
    models = pd.Index([MODELS[1], MODELS[0], MODELS[2], "ACH-000004", "ACH-000005", "ACH-000006"])
    lines, (problem,) = read_models(tmp_path / "Model.csv", models, read_mapping())
    assert list(lines.index) == [MODELS[1], MODELS[0], MODELS[2]]
    assert lines["cancer_type"].tolist() == ["LAML", "OV", None]
    assert lines["name"].tolist() == ["HL60", "NIH:OVCAR-3", "NCI-H1"]
    first = lines.loc["ACH-000001"]
    assert first[["aliases", "depmap_id", "cellosaurus_id", "ccle_name", "subtype"]].tolist() == [
        "NIHOVCAR3",
        "ACH-000001",
        "CVCL_0465",
        "NIHOVCAR3_OVARY",
        "TP53 mutated",
    ]
    assert set(lines["sample_type"]) == {"cell_line"}
    assert problem.what == (
        "3 models of 6 left out: 1 not in the table of models, 1 organoids and other models that are not cell lines, "
        "1 not cancer"
    )
    assert problem.fix == "Use files of the same release of DepMap."


def test_faults_of_the_table_of_models(tmp_path):
    path = tmp_path / "Model.csv"
    path.write_text("ModelID,StrippedCellLineName,OncotreeCode\nACH-000001,A,LUAD\n")
    with pytest.raises(InputError, match="no column OncotreePrimaryDisease; the columns are ModelID"):
        read_models(path, pd.Index(MODELS), read_mapping())
    path.write_text("ModelID,StrippedCellLineName,OncotreeCode,OncotreePrimaryDisease\nACH-9,A,LUAD,x\n")
    with pytest.raises(InputError, match="none of the 3 models with expression is in it: ACH-000001"):
        read_models(path, pd.Index(MODELS), read_mapping())
