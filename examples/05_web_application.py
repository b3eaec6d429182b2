"""A web application without a framework: typed bodies, plain answers, errors as statuses, forms from the flow."""

import io
import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.util import setup_testing_defaults

from pydantic import ValidationError

import xinfang_flow as xf

FLOW = xf.load_flow("proxy_petition")
CLERK = xf.Actor("li", roles={"clerk"}, org="xianju")
STATUS: dict[type[xf.XinfangError], int] = {
    xf.InputError: 400,
    xf.NotFoundError: 404,
    xf.ConflictError: 409,
    xf.RefusedError: 422,
    xf.FlowError: 422,
    xf.CalendarHorizonError: 422,
    xf.OutcomeUnknownError: 503,
    xf.StoreError: 503,
}
Answer = tuple[int, Any]


def answer_to(error: xf.XinfangError) -> Answer:
    """Say what went wrong: a client's mistake in full, our own by its name alone."""
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    form = error.as_dict()
    return status, form if status < 500 else {key: form[key] for key in ("error", "key") if key in form}


class Desk:
    """GET /forms/TRIGGER, GET /cases, POST /cases, GET /cases/ID, POST /cases/ID/TRIGGER."""

    def __init__(self, engine: xf.Engine) -> None:
        self.engine = engine

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ["PATH_INFO"].strip("/").split("/")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            status, answer = self.answer(environ["REQUEST_METHOD"], path, body, environ.get("HTTP_IDEMPOTENCY_KEY"))
        except ValidationError as error:
            status, answer = 422, error.errors(include_url=False, include_input=False, include_context=False)
        except xf.XinfangError as error:
            status, answer = answer_to(error)
        phrase = HTTPStatus(status).phrase
        start_response(f"{status} {phrase}", [("Content-Type", "application/json; charset=utf-8")])
        return [json.dumps(answer, ensure_ascii=False).encode()]

    def answer(self, method: str, path: list[str], body: bytes, key: str | None) -> Answer:
        """Route a request; a model of the flow reads the body, and is itself the payload."""
        match method, path:
            case "GET", ["forms", trigger]:
                return 200, xf.payload_model(FLOW, trigger).model_json_schema()
            case "GET", ["cases"]:
                return 200, self.engine.find(actor=CLERK).as_dict()
            case "GET", ["cases", case_id]:
                return 200, self.engine.get(case_id, actor=CLERK).as_dict()
            case "POST", ["cases"]:
                matter = xf.payload_model(FLOW, "open").model_validate_json(body)
                return 201, self.engine.open(FLOW.id, matter, actor=CLERK, key=key).as_dict()
            case "POST", ["cases", case_id, trigger]:
                given = xf.payload_model(FLOW, trigger).model_validate_json(body)
                return 200, self.engine.fire(case_id, trigger, given, actor=CLERK, key=key).as_dict()
            case _:
                return 404, {"error": "NotFoundError", "message": f"there is no {method} /{'/'.join(path)}"}


def ask(desk: Desk, method: str, path: str, given: Any = None, key: str = "") -> Answer:
    """Ask the application as a server would."""
    body = json.dumps({} if given is None else given).encode()
    environ: WSGIEnvironment = {"REQUEST_METHOD": method, "PATH_INFO": path, "CONTENT_LENGTH": str(len(body))}
    if key:
        environ["HTTP_IDEMPOTENCY_KEY"] = key
    setup_testing_defaults(environ)
    environ["wsgi.input"] = io.BytesIO(body)
    status: list[int] = []

    def start(line: str, *_: object) -> Any:
        status.append(int(line[:3]))

    text = b"".join(desk(environ, start))
    return status[0], json.loads(text)


MATTER = {
    "intake": "first_visit",
    "register_no": "XJ20260004",
    "received_on": "2026-03-02",
    "township": "白塔镇",
    "form": "visit",
    "summary": "宅基地确权",
    "petitioner": "张三",
}

with xf.Engine(xf.MemoryStore(), clock=xf.ManualClock("2026-03-02T09:00:00+08:00")) as engine:
    desk = Desk(engine)

    # A form for the browser, with the flow's own labels.
    status, form = ask(desk, "GET", "/forms/open")
    assert (status, form["properties"]["received_on"]["format"]) == (200, "date")
    print(form["title"], form["required"])

    # A case goes out with keys, and with masks for what is personal; the same key again gives the same case.
    status, case = ask(desk, "POST", "/cases", MATTER, key="intake-4")
    assert (status, case["state"], case["data"]["petitioner"]) == (201, "received", "***")
    assert ask(desk, "POST", "/cases", MATTER, key="intake-4") == (201, case)
    assert ask(desk, "GET", "/cases")[1] == {"items": [case], "next": None}

    # What a model refuses, what the flow refuses, what another request has taken, what is not there.
    status, wrong = ask(desk, "POST", "/cases", {**MATTER, "received_on": "2026-02-30"})
    assert (status, wrong[0]["loc"]) == (422, ["received_on"])
    status, refused = ask(desk, "POST", f"/cases/{case['id']}/archive")
    assert (status, refused["reasons"][0]["code"]) == (422, "not_from_here")
    assert ask(desk, "POST", "/cases", {**MATTER, "summary": "供水"}, key="intake-4")[0] == 409
    assert ask(desk, "GET", "/cases/none")[0] == 404
    print(refused["reasons"][0]["message"]["zh"])

    status, later = ask(desk, "POST", f"/cases/{case['id']}/screen")
    assert (status, later["state"], later["deadlines"][0]["state"]) == (200, "pooled", "met")
    print(later["state"], [deadline["due"] for deadline in later["deadlines"]])
