"""Who may see and do what: sessions in a cookie, a token in every form, roles, and refusals in words.

A form is taken only with the token of its session (or, before the login, with that of a cookie of its
own), whatever the browser says of where it comes from. A request without a session is sent to the login
and comes back to where it wanted to go.
"""

from __future__ import annotations

import inspect
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.console.context import HOME, Context, Form, local
from bot.console.pages import Pages
from bot.core.body import TooLarge, read_body
from bot.core.texts import LANGUAGES
from bot.handover.officer_actions import UnknownConversation
from bot.knowledge.editing import EditRefused
from bot.messages.ownership import NotAllowed
from bot.staff.officer import TICKETS, StaffError
from bot.staff.sessions import Session, Sessions
from bot.tickets.notices import NoticeStore
from bot.tickets.ticket import ContactError, NotPossible

log = logging.getLogger(__name__)

Endpoint = Callable[[Context], Response | Awaitable[Response]]
COOKIE, BEFORE = "guichet_session", "guichet_form"
FIELD, HEADER = "form_token", "x-form-token"
# A form that the page's script sent: it is told where to go on, so that a refusal leaves the page as it stands.
_BY_SCRIPT, _NEXT = "x-form", "X-Next"
LOGIN, PASSWORD, CODE, NEW_CODE = (f"{HOME}/{name}" for name in ("login", "password", "code", "code/new"))
_MAX_BYTES = 1_000_000
_LANGUAGE = "guichet_language"
# What somebody must do first is reachable before it is done.
_OWN = (PASSWORD, NEW_CODE, f"{HOME}/logout", f"{HOME}/language")


class Access:
    """Makes routes of endpoints."""

    def __init__(
        self, pages: Pages, sessions: Sessions, notices: NoticeStore, *, first_language: str, code_required: bool
    ) -> None:
        """`code_required`: an officer without one-time codes sets them up first."""
        self._pages = pages
        self._sessions = sessions
        self._notices = notices
        self._first_language = first_language
        self._code_required = code_required

    def get(self, path: str, endpoint: Endpoint, permission: str | None = None) -> Route:
        """A page."""
        return Route(HOME + path, self._guarded(endpoint, permission), methods=["GET"])

    def post(self, path: str, endpoint: Endpoint, permission: str | None = None) -> Route:
        """What a form does."""
        return Route(HOME + path, self._guarded(endpoint, permission), methods=["POST"])

    def open(self, path: str, endpoint: Endpoint, method: str) -> Route:
        """A page or a form of before the login."""
        return Route(HOME + path, self._unguarded(endpoint), methods=[method])

    async def lost(self, request: Request, code: str, status: int) -> Response:
        """An address that leads nowhere, or not so, told on a page of the console."""
        try:
            _, session = await self.session_of(request)
            context = await self._context_of(request, Form(), session, session.form_token if session else "")
        except SQLAlchemyError as error:
            return _unavailable(error)
        return context.refuse(code, status)

    async def session_of(self, request: Request, *, renew: bool = True) -> tuple[str, Session | None]:
        """The token of a request and its session, complete or not."""
        token = request.cookies.get(COOKIE, "")
        found = await run_in_threadpool(self._sessions.find, token, renew=renew) if token else None
        return token, found

    def _guarded(self, endpoint: Endpoint, permission: str | None) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                # What a page fetches by itself is no sign that somebody sits before it.
                _, session = await self.session_of(request, renew="x-live" not in request.headers)
                if session is None or not session.complete:
                    return self._to_login(request, session) if request.method == "GET" else self._over(request)
                context = await self._context(request, session, session.form_token)
                if context is None:
                    return await self._not_taken(request, session)
                officer = session.officer
                if officer.must_change and request.url.path not in _OWN:
                    return RedirectResponse(PASSWORD, 303)
                if self._code_required and not officer.has_code and request.url.path not in _OWN:
                    return RedirectResponse(NEW_CODE, 303)
                if permission and not officer.may(permission):
                    return context.refuse("permission", 403)
                return await self._answer(context, endpoint)
            except SQLAlchemyError as error:
                return _unavailable(error)

        async def answer_script(request: Request) -> Response:
            response = await answer(request)
            if _BY_SCRIPT in request.headers and response.status_code == 303:
                response.status_code = 204
                response.headers[_NEXT] = response.headers["location"]
                del response.headers["location"]
            return response

        return answer_script

    def _unguarded(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                _, session = await self.session_of(request)
                before = request.cookies.get(BEFORE) or secrets.token_urlsafe(32)
                # Another tab may have logged in, or out, since the form was shown.
                tokens = [session.form_token] if session else []
                tokens += [before] if BEFORE in request.cookies or request.method == "GET" else []
                context = await self._context(request, session, *tokens)
                if context is None:
                    return await self._not_taken(request, session)
                response = await self._answer(context, endpoint)
                if session is None and BEFORE not in request.cookies:
                    set_cookie(response, BEFORE, before, request)
                if request.query_params.get("lang") in LANGUAGES:  # kept for the next page, and when the login fails
                    set_cookie(response, _LANGUAGE, request.query_params["lang"], request)
                return response
            except SQLAlchemyError as error:
                return _unavailable(error)

        return answer

    async def _context(self, request: Request, session: Session | None, *tokens: str) -> Context | None:
        """The request with its form; None if the form bears none of the tokens. What is shown bears the first."""
        form = Form()
        if request.method == "POST":
            try:
                form = Form(await read_body(request, _MAX_BYTES))
            except (ValueError, TooLarge):
                return None
            said = request.headers.get(HEADER) or form[FIELD]
            if not any(secrets.compare_digest(said.encode(), token.encode()) for token in tokens):
                return None
        return await self._context_of(request, form, session, tokens[0])

    async def _context_of(self, request: Request, form: Form, session: Session | None, token: str) -> Context:
        context = Context(request, self._pages, form, session, self._language(request, session), token)
        if session and session.complete and session.officer.may(TICKETS):
            context.unseen = await run_in_threadpool(self._notices.unseen, session.officer.name)
        return context

    async def _not_taken(self, request: Request, session: Session | None) -> Response:
        context = await self._context_of(request, Form(), session, session.form_token if session else "")
        return context.refuse("form", 403)

    async def _answer(self, context: Context, endpoint: Endpoint) -> Response:
        if context.leads_nowhere:
            return context.refuse("unknown", 404)
        try:
            if inspect.iscoroutinefunction(endpoint):
                found: Any = await endpoint(context)
            else:
                found = await run_in_threadpool(endpoint, context)
        except (NotAllowed, NotPossible, EditRefused) as refusal:
            return context.refuse(refusal.code)
        except StaffError as error:
            return context.refuse(error.code, 422)
        except ContactError:
            return context.refuse("email", 422)
        except OverflowError:  # a moment outside the years that are counted
            return context.refuse("date", 422)
        except (UnknownConversation, LookupError):
            return context.refuse("unknown", 404)
        return found

    def _language(self, request: Request, session: Session | None) -> str:
        if session and session.complete:
            return session.officer.language
        asked = request.query_params.get("lang") or request.cookies.get(_LANGUAGE)
        if asked in LANGUAGES:
            return asked
        return session.officer.language if session else self._first_language

    def _over(self, request: Request) -> Response:
        context = Context(request, self._pages, Form(), None, self._language(request, None), "")
        came_from = urlsplit(request.headers.get("referer", ""))
        page = local(came_from.path + (f"?{came_from.query}" if came_from.query else ""))
        return context.refuse("over", 403, f"{LOGIN}?{urlencode({'next': page})}" if page else LOGIN)

    @staticmethod
    def _to_login(request: Request, session: Session | None) -> Response:
        first = LOGIN if session is None else CODE
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{first}?{urlencode({'next': wanted})}" if wanted != HOME else first, 303)


def set_cookie(response: Response, name: str, value: str, request: Request) -> None:
    """A cookie that scripts cannot read and other sites' forms do not send."""
    response.set_cookie(name, value, path=HOME, secure=request.url.scheme == "https", httponly=True, samesite="lax")


def _unavailable(error: SQLAlchemyError) -> Response:
    log.error("the database does not answer (%s); a page of the console was refused", type(error).__name__)
    text = "Le service est momentanément indisponible. / The service is unavailable for the moment."
    return PlainTextResponse(text, 503, {"Retry-After": "5"})
