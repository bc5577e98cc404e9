"""References that cannot be followed are refused by name, in one line (READ-6, READ-8)."""

from pathlib import Path

import pytest

from backend.tests.several_files import OK, contract_of, refused_of


def schemas(text: str) -> str:
    return f"paths: {{}}\ncomponents:\n  schemas:\n    {text}\n"


A = "contract.yaml:6: #/components/schemas/A"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A: {$ref: none.yaml}", f"{A}/$ref: the reference none.yaml leads to a file that cannot be read: No such"),
        ("A: {$ref: .}", f"{A}/$ref: the reference . leads to a file that cannot be read: Is a directory"),
        ("A: {$ref: 'a%00'}", f"{A}/$ref: the reference a%00 leads to a file that cannot be read: "),
        (
            "A: {$ref: file.yaml#/b/c}",
            f"{A}/$ref: the reference file.yaml#/b/c leads to nothing: file.yaml has no #/b/c",
        ),
        ("A: {$ref: '#/paths/x'}", f"{A}/$ref: the reference #/paths/x leads to nothing: contract.yaml has no"),
        ("A: {$ref: '#/openapi/x'}", f"{A}/$ref: the reference #/openapi/x leads to nothing"),
        ("A: {$ref: 'file.yaml#/list/7'}", f"{A}/$ref: the reference file.yaml#/list/7 leads to nothing"),
        ("A: {$ref: https://example.org/a}", f"{A}/$ref: the remote reference https://example.org/a is not followed"),
        ("A: {$ref: //example.org/a}", f"{A}/$ref: the remote reference //example.org/a is not followed"),
        ("A: {$ref: '#pet'}", f"{A}/$ref: the reference #pet leads to an anchor"),
        ("A: {$ref: 3}", f"{A}/$ref: a reference is a text"),
        ("A: {$ref: '#/info/title'}", f"{A}/$ref: the reference leads to something that is no object"),
        ("A: {$ref: bad.yaml}", "bad.yaml:1: #: no YAML"),
        ("A: {$ref: swagger.yaml#/b}", f"{A}/$ref: a reference to a document of another version of OpenAPI"),
        ("A: {$ref: old.yaml#/b}", f"{A}/$ref: a reference to a document of another version of OpenAPI"),
        ("A: {$ref: '#/components/schemas/A'}", f"{A}/$ref: references lead in a circle: {A} -> {A}"),
        ("A: {$ref: a.yaml}", "contract.yaml:6: #/components/schemas/A/$ref: references lead in a circle: "),
        (
            "A: {items: {$ref: '#/components/responses/R'}}",
            f"{A}/items/$ref: a reference to one of the responses where",
        ),
        (
            "A: {discriminator: {propertyName: a, mapping: {b: c}}}",
            f"{A}/discriminator/mapping/b: the reference c leads",
        ),
        *(
            (f"A: {{{keyword}: x}}", f"{A}/{keyword}: `{keyword}` of a schema is not carried")
            for keyword in ("$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef")
        ),
        ("A: {$schema: http://json-schema.org/draft-07/schema#}", f"{A}/$schema: the JSON Schema dialect http"),
        ("A: {$schema: [1]}", f"{A}/$schema: the JSON Schema dialect [1] is not carried"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_one_line(text: str, line: str, tmp_path: Path) -> None:  # READ-6
    files = {
        "file": "list: [{type: string}]\nb: {type: string}",
        "bad": "a: b: c",
        "swagger": "swagger: '2.0'\nb: {type: string}",
        "old": "openapi: 3.0.0\nb: {type: string}",
        "a": "$ref: b.yaml",
        "b": "$ref: 'contract.yaml#/components/schemas/A'",
    }
    said = refused_of(tmp_path, f"{schemas(text)}  responses: {{R: {{description: d}}}}\n", **files)
    assert said.startswith(line)
    assert "\n" not in said


def test_path_items_that_cannot_be_copied_are_refused(tmp_path: Path) -> None:  # READ-6, READ-8
    both = "paths:\n  /a: {$ref: '#/paths/~1b', summary: s}\n  /b: {summary: t}\n"
    assert refused_of(tmp_path, both).startswith("contract.yaml:4: #/paths/~1a/summary: `summary` is both here and in")
    itself = f"post: {{{OK}, callbacks: {{c: {{'{{$url}}': {{$ref: a.yaml}}}}}}}}"
    said = refused_of(tmp_path, "paths: {/a: {$ref: a.yaml}}\n", a=itself)
    assert said.startswith("a.yaml:1: #/post/callbacks/c/{$url}/$ref: a path item that contains itself")


def test_a_dialect_of_json_schema_is_refused_unless_it_is_that_of_openapi(tmp_path: Path) -> None:  # READ-6
    said = refused_of(tmp_path, "paths: {}\njsonSchemaDialect: http://json-schema.org/draft-07/schema#\n")
    assert said.startswith(
        "contract.yaml:4: #/jsonSchemaDialect: the JSON Schema dialect http://json-schema.org/draft-07"
    )
    base = "https://spec.openapis.org/oas/3.1/dialect/base"
    contract_of(tmp_path, f"jsonSchemaDialect: {base}\n" + schemas(f"A: {{$schema: {base}}}"))
