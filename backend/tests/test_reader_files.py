"""Several files are one contract: references, names, path items, discriminators (READ-5 to READ-10)."""

import os
from pathlib import Path

import pytest

from backend.tests.contracts import Json
from backend.tests.several_files import OK, contract_of
from scripts.generate.reader import Document


def components(document: Document, section: str = "schemas") -> Json:
    found: Json = document.content["components"][section]  # type: ignore[index,call-overload,assignment] # any JSON
    return found


def at(document: Document, *pointer: str) -> object:
    """What a place of a contract holds."""
    value: object = document.content
    for member in pointer:
        value = value[int(member)] if isinstance(value, list) else value[member]  # type: ignore[index] # it is there
    return value


def readings(document: Document) -> list[str]:
    return [str(reading) for reading in document.readings]


def test_references_lead_from_the_file_that_refers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # READ-5
    monkeypatch.chdir(os.sep)
    document = contract_of(
        tmp_path,
        "paths: {}\ncomponents:\n  schemas:\n    Pet: {$ref: ./schemas/pet.yaml}\n    Size: {type: integer}\n",
        schemas__pet=(
            "type: object\nproperties:\n  owner: {$ref: people/owner.yaml}\n"
            "  tag: {$ref: '../common.yaml#/tags/the%20%7Bfirst%7D~1'}\n"
            "  friend: {$ref: pet.yaml}\n  self: {$ref: '#'}\n"
        ),
        schemas__people__owner=(
            "type: object\nproperties:\n  pets: {type: array, items: {$ref: ../pet.yaml}}\n"
            "  size: {$ref: '../../contract.yaml#/components/schemas/Size'}\n"
        ),
        common="tags:\n  the {first}/: {type: string}\n",
    )
    assert components(document) == {
        "Pet": {
            "type": "object",
            "properties": {
                "owner": {"$ref": "#/components/schemas/Owner"},
                "tag": {"$ref": "#/components/schemas/TagsTheFirst"},
                "friend": {"$ref": "#/components/schemas/Pet"},
                "self": {"$ref": "#/components/schemas/Pet"},
            },
        },
        "Size": {"type": "integer"},
        "Owner": {
            "type": "object",
            "properties": {
                "pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
                "size": {"$ref": "#/components/schemas/Size"},
            },
        },
        "TagsTheFirst": {"type": "string"},
    }
    assert document.authored == document.content


def test_every_place_knows_its_file(tmp_path: Path) -> None:  # READ-1
    document = contract_of(
        tmp_path,
        "paths:\n  /a: {$ref: 'paths/a.yaml'}\ncomponents:\n  schemas:\n    Pet: {$ref: pet.yaml}\n",
        pet="type: object\nproperties:\n  name: {type: string}\n",
        paths__a=f"get:\n  operationId: getA\n  {OK}\n",
    )
    pet = ("components", "schemas", "Pet")
    assert str(document.place((*pet, "properties", "name"))) == "pet.yaml:3: #/properties/name"
    assert str(document.place((*pet, "maxLength"))) == "pet.yaml:1: #/maxLength"
    assert str(document.place(("paths", "/a", "get", "operationId"))) == "paths/a.yaml:2: #/get/operationId"
    assert str(document.place(("info", "title"))) == "contract.yaml:2: #/info/title"


def test_one_file_is_served_as_it_is_and_read_with_components(tmp_path: Path) -> None:  # READ-1, READ-7
    document = contract_of(
        tmp_path,
        """
paths:
  /a/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/A/properties/b'}}}}
        '404': {description: n}
    put:
      parameters: [{$ref: '#/paths/~1a~1%7Bid%7D/get/parameters/0'}]
      responses: {'404': {$ref: '#/paths/~1a~1{id}/get/responses/404'}}
components:
  schemas:
    A:
      type: object
      properties: {b: {type: object, properties: {c: {$ref: '#/components/schemas/A/$defs/c'}}}}
      additionalProperties: {$ref: '#/components/schemas/A/properties/b/properties/c'}
      $defs: {c: {type: array, items: {$ref: '#/components/schemas/A/$defs/unlike'}}, unlike: true, unused: {}}
""",
    )
    assert document.authored != document.content
    assert at(document, "paths", "/a/{id}", "get", "parameters", "0") == {"$ref": "#/components/parameters/AIdGet1"}
    assert at(document, "paths", "/a/{id}", "put", "parameters", "0") == {"$ref": "#/components/parameters/AIdGet1"}
    assert at(document, "paths", "/a/{id}", "get", "responses", "404") == {"$ref": "#/components/responses/AIdGet404"}
    assert at(document, "paths", "/a/{id}", "put", "responses", "404") == {"$ref": "#/components/responses/AIdGet404"}
    assert components(document) == {
        "A": {
            "type": "object",
            "properties": {"b": {"$ref": "#/components/schemas/AB"}},
            "additionalProperties": {"$ref": "#/components/schemas/C"},
        },
        "AB": {"type": "object", "properties": {"c": {"$ref": "#/components/schemas/C"}}},
        "C": {"type": "array", "items": {"$ref": "#/components/schemas/Unlike"}},
        "Unlike": True,
    }
    assert str(document.place(("components", "schemas", "AB", "type"))).startswith(
        "contract.yaml:18: #/components/schemas/A/properties/b/type"
    )


def test_names_that_are_taken_are_written_after_their_file(tmp_path: Path) -> None:  # READ-7
    files = {f"{folder}__shop": f"components: {{schemas: {{Pet: {{title: {folder}}}}}}}" for folder in "ab"}
    document = contract_of(
        tmp_path,
        """
paths: {}
components:
  schemas:
    Pet: {type: string}
    All:
      anyOf:
        - {$ref: a/shop.yaml#/components/schemas/Pet}
        - {$ref: b/shop.yaml#/components/schemas/Pet}
        - {$ref: more.yaml#/404}
        - {$ref: more.yaml#/x/items}
        - {$ref: more.yaml#/x/oneOf/0}
        - {$ref: more.yaml#/schema}
""",
        more="'404': {title: n}\nx: {items: {title: i}, oneOf: [{title: o}]}\nschema: {title: s}\n",
        **files,
    )
    assert {name: schema.get("title") for name, schema in components(document).items()} == {
        "Pet": None,
        "All": None,
        "ShopPet": "a",
        "ShopPet2": "b",
        "Schema404": "n",
        "XItem": "i",
        "XOption1": "o",
        "More": "s",
    }


def test_components_that_only_refer_are_names_for_the_same(tmp_path: Path) -> None:  # READ-7
    document = contract_of(
        tmp_path,
        """
paths:
  /a:
    get:
      security: [{other: []}]
      responses: {'200': {$ref: '#/components/responses/Second'}, '400': {$ref: '#/components/responses/Third'}}
components:
  schemas:
    One: {$ref: pet.yaml}
    Two: {$ref: pet.yaml}
    Three: {$ref: '#/components/schemas/Two'}
    Four: {type: array, items: {$ref: '#/components/schemas/Three'}}
  responses:
    First: {description: d}
    Second: {$ref: '#/components/responses/First'}
    Third: {$ref: 'responses.yaml#/alias'}
  securitySchemes:
    token: {type: http, scheme: bearer}
    other: {$ref: '#/components/securitySchemes/token'}
""",
        pet="type: string",
        responses="alias: {$ref: '#/real'}\nreal: {description: r}",
    )
    assert components(document) == {
        "One": {"type": "string"},
        "Two": {"$ref": "#/components/schemas/One"},
        "Three": {"$ref": "#/components/schemas/Two"},
        "Four": {"type": "array", "items": {"$ref": "#/components/schemas/Three"}},
    }
    assert components(document, "responses") == {"First": {"description": "d"}, "Third": {"description": "r"}}
    assert at(document, "paths", "/a", "get", "responses") == {
        "200": {"$ref": "#/components/responses/First"},
        "400": {"$ref": "#/components/responses/Third"},
    }
    assert components(document, "securitySchemes")["other"] == {"type": "http", "scheme": "bearer"}


def test_path_items_are_copied_to_their_use(tmp_path: Path) -> None:  # READ-8
    document = contract_of(
        tmp_path,
        """
paths:
  /a: {$ref: paths.yaml#/a, summary: s, parameters: [{$ref: 'paths.yaml#/q'}]}
  /b: {$ref: '#/components/pathItems/B'}
webhooks:
  happened: {$ref: paths.yaml#/a}
components:
  pathItems:
    B: {$ref: paths.yaml#/b}
    Unused: {summary: u}
""",
        paths=(
            f"a: {{post: {{{OK}, callbacks: {{c: {{'{{$url}}': {{$ref: '#/b'}}}}}}}}}}\n"
            f"b: {{get: {{{OK}}}}}\nq: {{name: q, in: query, schema: {{type: string}}}}\n"
        ),
    )
    answers = {"responses": {"200": {"description": "d"}}}
    a = {"post": {**answers, "callbacks": {"c": {"{$url}": {"get": answers}}}}}
    assert document.content["paths"] == {
        "/a": {**a, "summary": "s", "parameters": [{"$ref": "#/components/parameters/Q"}]},
        "/b": {"get": answers},
    }
    assert document.content["webhooks"] == {"happened": a}
    assert list(at(document, "components")) == ["parameters"]  # type: ignore[call-overload] # it is an object
    assert readings(document) == [
        "contract.yaml:12: #/components/pathItems/Unused: no path refers to this path item: it is left out"
    ]
    assert str(document.place(("paths", "/a", "summary"))) == "contract.yaml:5: #/paths/~1a/summary"
    assert str(document.place(("paths", "/a", "post"))) == "paths.yaml:1: #/a/post"


BESIDE = """
paths:
  /a:
    get:
      parameters: [{$ref: '#/components/parameters/q', description: mine, example: 3}]
      responses: {'200': {$ref: '#/components/responses/R', summary: s, description: mine}}
components:
  parameters: {q: {name: q, in: query, description: theirs, schema: {type: string}}}
  responses: {R: {description: theirs, headers: {A: {schema: {type: string}}}}}
  schemas:
    A: {type: object}
    B: {description: mine, $ref: '#/components/schemas/A', maxProperties: 3}
"""


def test_in_3_1_what_stands_beside_a_reference_counts_where_it_can(tmp_path: Path) -> None:  # READ-9
    document = contract_of(tmp_path, BESIDE)
    parameter = {"name": "q", "in": "query", "description": "mine", "schema": {"type": "string"}}
    assert at(document, "paths", "/a", "get", "parameters", "0") == parameter
    answer = {"description": "mine", "headers": {"A": {"schema": {"type": "string"}}}}
    assert at(document, "paths", "/a", "get", "responses", "200") == answer
    assert components(document)["B"] == {
        "description": "mine",
        "$ref": "#/components/schemas/A",
        "maxProperties": 3,
    }
    where = "contract.yaml:7: #/paths/~1a/get/parameters/0/example"
    assert readings(document) == [
        f"{where}: `example` beside a `$ref` is ignored",
        "contract.yaml:8: #/paths/~1a/get/responses/200/summary: `summary` beside a `$ref` is ignored",
    ]
    place = document.place(("paths", "/a", "get", "responses", "200", "headers", "A"))
    assert str(place) == "contract.yaml:11: #/components/responses/R/headers/A"
    assert document.place(("paths", "/a", "get", "responses", "200", "description")).line == 8


def test_in_3_0_what_stands_beside_a_reference_is_ignored(tmp_path: Path) -> None:  # READ-9
    document = contract_of(tmp_path, BESIDE, "3.0.3")
    assert at(document, "paths", "/a", "get", "parameters", "0") == {"$ref": "#/components/parameters/q"}
    assert at(document, "paths", "/a", "get", "responses", "200") == {"$ref": "#/components/responses/R"}
    assert components(document)["B"] == {"$ref": "#/components/schemas/A"}
    assert [line.rpartition("/")[2].partition(":")[0] for line in readings(document)] == [
        "description",
        "example",
        "summary",
        "description",
        "description",
        "maxProperties",
    ]


def test_mappings_of_discriminators_are_full_references(tmp_path: Path) -> None:  # READ-10
    document = contract_of(
        tmp_path,
        """
paths: {}
components:
  schemas:
    Pet:
      oneOf: [{$ref: '#/components/schemas/Dog'}, {$ref: cat.yaml}, {$ref: 'other.yaml#/components/schemas/Dog'}]
      discriminator:
        propertyName: kind
        mapping: {dog: Dog, hound: '#/components/schemas/Dog', bird: bird.yaml, alias: Alias}
    Plain: {anyOf: [{$ref: cat.yaml}, {type: string}], discriminator: {propertyName: kind}}
    Named: {anyOf: [{$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: kind}}
    Empty: {discriminator: {propertyName: kind}}
    Dog: {type: object}
    Alias: {$ref: '#/components/schemas/Dog'}
""",
        cat="type: object\ndiscriminator: {propertyName: x, mapping: {d: Dog}}",
        bird="$ref: eagle.yaml",
        eagle="type: object",
        other="components: {schemas: {Dog: {type: object, discriminator: {propertyName: x, mapping: {d: Dog}}}}}",
    )
    schema = "#/components/schemas/"
    assert {name: value.get("discriminator", {}).get("mapping") for name, value in components(document).items()} == {
        "Pet": {
            "dog": f"{schema}Dog",
            "hound": f"{schema}Dog",
            "bird": f"{schema}Eagle",
            "alias": f"{schema}Alias",
            "cat": f"{schema}Cat",
            "Dog": f"{schema}OtherDog",
        },
        "Plain": {"cat": f"{schema}Cat"},
        "Named": None,
        "Empty": None,
        "Dog": None,
        "Alias": None,
        "Eagle": None,
        "Cat": {"d": f"{schema}Dog"},
        "OtherDog": {"d": f"{schema}OtherDog"},
    }


def test_examples_are_data(tmp_path: Path) -> None:  # READ-5
    schema = {"example": {"$ref": "nowhere.yaml"}, "default": {"$ref": 1}, "x-more": {"$ref": "#/none"}}
    document = contract_of(tmp_path, f"paths: {{}}\ncomponents: {{schemas: {{A: {schema}}}}}\n")
    assert components(document)["A"] == schema


def test_three_zero_files_are_one_document_of_3_0_that_is_served(tmp_path: Path) -> None:  # READ-1
    document = contract_of(
        tmp_path,
        f"paths:\n  /a:\n    get: {{{OK}}}\ncomponents: {{schemas: {{A: {{$ref: a.yaml}}}}, x-more: 1}}\n",
        "3.0.3",
        a="type: string\nnullable: true",
    )
    assert document.authored["openapi"] == "3.0.3"
    assert document.authored["components"] == {"schemas": {"A": {"type": "string", "nullable": True}}, "x-more": 1}
    assert components(document) == {"A": {"type": ["string", "null"]}}
    assert at(document, "components", "x-more") == 1
