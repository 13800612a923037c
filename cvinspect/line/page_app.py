"""The operator page's requests: what it shows, people who sign in, what they decide."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Literal

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field

from cvinspect.archive.vault import Vault
from cvinspect.errors import CvinspectError
from cvinspect.forms import Form
from cvinspect.line.page_data import page_words
from cvinspect.line.page_picture import SIDES, Pictures
from cvinspect.line.showing import PageSetup, Person
from cvinspect.line.wall import NoError, Wall
from cvinspect.model import Outcome
from cvinspect.pictures import clean_text
from cvinspect.web.pins import LONGEST, Doorkeeper
from cvinspect.words import Language, say

STATIC = Path(__file__).parent / "static"
FILES = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
IDLE_S = 600.0  # then a person who has gone away is signed out
WHY = {
    Outcome.PASS: ("why_no_defect", "why_dust", "why_within", "why_agreed"),
    Outcome.FAIL: ("why_defect", "why_beyond", "why_unsure"),
}
_STATUS = {"wait": 429, "wrong_pin": 403, "only_quality": 403, "sign_in_first": 403, "not_written": 503}


class SignIn(Form):
    """Who, and the PIN."""

    name: Annotated[str, Field(max_length=200)]
    pin: Annotated[str, Field(max_length=LONGEST)]


class Decision(Form):
    """record: its number; why: a code of `WHY`; note: a remark in own words."""

    record: Annotated[int, Field(ge=1, lt=2**53)]
    to: Literal["PASS", "FAIL"]
    why: Annotated[str, Field(max_length=40)]
    note: Annotated[str, Field(max_length=200)] = ""
    lang: Language = "en"


class Once(Form):
    """The record whose part is inspected again."""

    record: Annotated[int, Field(ge=1, lt=2**53)]


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in."""

    person: Person
    seen_s: float


class People:
    """Who is signed in, by a cookie of their own."""

    def __init__(self, people: tuple[Person, ...], cookie: str) -> None:
        self.cookie = cookie
        self._people = {one.name: one for one in people}
        self._door = Doorkeeper({one.name: one.pin for one in people})
        self._sessions: dict[str, Session] = {}
        self._lock = Lock()

    def sign_in(self, asked: SignIn) -> tuple[str, Person]:
        """A new session. Raises NoError: the name or the PIN is wrong, or has to wait; one PIN is tried at a time."""
        with self._lock:
            wait_s = self._door.wait_s(asked.name)
            if wait_s > 0:
                raise NoError("wait", seconds=int(wait_s) + 1)
            if not self._door.admits(asked.name, asked.pin) or asked.name not in self._people:
                raise NoError("wrong_pin")
            key = secrets.token_urlsafe(32)
            now = time.monotonic()
            self._sessions = {name: one for name, one in self._sessions.items() if now < one.seen_s + IDLE_S}
            self._sessions[key] = Session(self._people[asked.name], now)
            return key, self._people[asked.name]

    def of(self, request: Request) -> Person | None:
        """Who asks; None: nobody who signed in, or too long ago."""
        session = self._sessions.get(request.cookies.get(self.cookie, ""))
        return session.person if session and time.monotonic() <= session.seen_s + IDLE_S else None

    def signed_in(self, request: Request) -> Person:
        """Who decides; the session lasts on from now. Raises NoError."""
        person = self.of(request)
        if person is None:
            raise NoError("sign_in_first")
        with self._lock:
            self._sessions[request.cookies[self.cookie]] = Session(person, time.monotonic())
        return person

    def sign_out(self, request: Request) -> None:
        """Ends a session."""
        with self._lock:
            self._sessions.pop(request.cookies.get(self.cookie, ""), None)


def application(wall: Wall, pictures: Pictures) -> FastAPI:
    """Everything behind the guard of `cvinspect.web`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    people = People(wall.setup.people, f"cvinspect_who_{wall.setup.port}")
    for path, (name, kind) in FILES.items():
        app.add_api_route(path, _file(name, kind), methods=["GET"])

    @app.exception_handler(NoError)
    async def refused(request: Request, no: NoError) -> JSONResponse:
        return _refused(request, no.code, _STATUS.get(no.code, 409), no.values)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, bad: RequestValidationError) -> JSONResponse:
        return _refused(request, "bad_request", 400, {})

    _showing(app, wall, pictures, people)
    _deciding(app, wall, people)
    return app


def _showing(app: FastAPI, wall: Wall, pictures: Pictures, people: People) -> None:
    @app.get("/state")
    async def state(request: Request, lang: Language = "en", since: int = -1) -> Response:
        person = people.of(request)
        me = {"name": person.name, "role": person.role} if person else None
        return Response(f'{wall.text(lang, since)},"me":{json.dumps(me)}}}', media_type="application/json")

    @app.get("/words")
    async def words(lang: Language = "en") -> dict[str, Any]:
        why = {str(to): [[code, say(f"page_{code}", {}, lang)] for code in codes] for to, codes in WHY.items()}
        return {"words": page_words(lang), "why": why, "people": [person.name for person in wall.setup.people]}

    @app.get("/part/{seq}")
    def part(seq: int, lang: Language = "en") -> dict[str, Any]:
        return wall.part(seq, lang)

    @app.get("/picture/{seq}/{index}")
    def picture(seq: int, index: int, side: int = SIDES[1]) -> Response:
        record = wall.card(seq).record
        if side not in SIDES or not 0 <= index < len(record.looks):
            raise HTTPException(404)
        try:
            data = pictures.jpeg(seq, record, index, side)
        except (CvinspectError, OSError) as bad:
            raise HTTPException(404) from bad
        return Response(data, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})


def _deciding(app: FastAPI, wall: Wall, people: People) -> None:
    @app.post("/sign-in")
    def sign_in(asked: SignIn, response: Response) -> dict[str, str]:
        key, person = people.sign_in(asked)
        response.set_cookie(people.cookie, key, httponly=True, samesite="strict", path="/")
        return {"name": person.name, "role": person.role}

    @app.post("/sign-out")
    def sign_out(request: Request) -> dict[str, str]:
        people.sign_out(request)
        return {}

    @app.post("/decide")
    def decide(request: Request, asked: Decision) -> dict[str, str]:
        to = Outcome(asked.to)
        if asked.why not in WHY[to]:
            raise NoError("bad_request")
        why = say(f"page_{asked.why}", {}, asked.lang)
        note = clean_text(asked.note).strip()
        wall.decide(asked.record, to, f"{why}: {note}" if note else why, people.signed_in(request))
        return {}

    @app.post("/again")
    def again(request: Request, asked: Once) -> dict[str, str]:
        wall.again(asked.record, people.signed_in(request))
        return {}


def _file(name: str, kind: str) -> Any:
    data = (STATIC / name).read_bytes()

    async def send() -> Response:
        return Response(data, media_type=kind)

    return send


def _refused(request: Request, code: str, status: int, values: dict[str, Any]) -> JSONResponse:
    lang: Language = "zh" if request.query_params.get("lang") == "zh" else "en"
    return JSONResponse({"error": code, "text": say(f"page_{code}", values, lang)}, status)


def page_of(setup: PageSetup) -> tuple[Wall, FastAPI]:
    """The page of a station, not yet served."""
    wall = Wall(setup)
    return wall, application(wall, Pictures(Vault(setup.archive / "pictures")))
