"""The OpenAPI description as a page of its own: it loads nothing from anywhere."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader

PAGE: Final = "docs_page.html.jinja"
NOT_OURS: Final = "ValidationError"  # FastAPI's own refusals, which no route here ever gives


def write_docs_page(described: Mapping[str, Any]) -> str:
    """The routes, what they take and what they answer, as HTML."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    shapes = described.get("components", {}).get("schemas", {})
    routes = [
        {
            "method": method.upper(),
            "path": path,
            "summary": route["summary"],
            "description": route.get("description"),
            "takes": _list_fields(route),
            "example": _find_example(route),
            "answers": _list_answers(route),
        }
        for path, methods in described["paths"].items()
        for method, route in methods.items()
    ]
    told = {name: shape for name, shape in shapes.items() if not name.endswith(NOT_OURS)}
    return environment.get_template(PAGE).render(info=described["info"], routes=routes, shapes=told)


def _find_schema(route: Mapping[str, Any]) -> Mapping[str, Any]:
    content = route.get("requestBody", {}).get("content", {})
    return next((one["schema"] for one in content.values()), {})


def _list_fields(route: Mapping[str, Any]) -> list[dict[str, Any]]:
    line = _find_schema(route).get("items", {})
    return [
        {"name": name, "kind": shape["type"], "needed": name in line["required"], **shape}
        for name, shape in line.get("properties", {}).items()
    ]


def _find_example(route: Mapping[str, Any]) -> str | None:
    example = _find_schema(route).get("example")
    return None if example is None else json.dumps(example, indent=2)


def _list_answers(route: Mapping[str, Any]) -> dict[str, str]:
    named = {code: _name_shape(one) for code, one in sorted(route["responses"].items())}
    return {code: name for code, name in named.items() if not name.endswith(NOT_OURS)}


def _name_shape(answer: Mapping[str, Any]) -> str:
    content: Mapping[str, Any] = next(iter(answer.get("content", {}).values()), {})
    return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
