"""A request as a tool: sent within the time limit of the tool, to the address in the file and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

import httpx

from orchestrator import __version__
from orchestrator.errors import ToolError
from orchestrator.outside.pools import Way, connections
from orchestrator.team import ToolKeys
from orchestrator.team.tools.templates import UnknownPath
from orchestrator.tools.call_view import CallView
from orchestrator.tools.http.address import PORTS, InvalidValue
from orchestrator.tools.http.answer import ACCEPTED, FAILED, FOR_MODEL, Answer, Failed, judge, read_answer, without
from orchestrator.tools.http.request import Request, Template
from orchestrator.tools.results import written
from orchestrator.tools.schema_arguments import SchemaArguments
from orchestrator.tools.tool import Tool

MOST_REDIRECTS = 3
OWN_HEADERS = {
    "User-Agent": f"orchestrator/{__version__}",
    "Accept": "application/json, text/plain;q=0.9, */*;q=0.1",
    "Accept-Encoding": ACCEPTED,
}


class HttpTool(Tool):
    """A tool that is a request."""

    kind = "http"
    answers = ("body", "status")

    def __init__(
        self,
        name: str,
        description: str,
        schema: Mapping[str, Any],
        keys: ToolKeys,
        *,
        request: Template,
        way: Way,
        secrets: tuple[str, ...] = (),
    ) -> None:
        """Raises ValueError for what is no JSON Schema; `secrets` are hidden should the server repeat them."""
        # What it takes.
        self._arguments = SchemaArguments(schema)
        # What is sent, and how its address is reached.
        self._request, self._way = request, way
        # What no answer may tell the model.
        self._secrets = secrets
        super().__init__(name, description, self._arguments.schema, keys)

    def _validate(self, arguments: str) -> dict[str, Any]:
        try:
            return self._arguments.read(arguments)
        except ValueError as error:
            raise self.refused(error) from None

    async def _invoke(self, values: dict[str, Any], call: CallView) -> Answer:
        try:
            request = self._filled(values, call)
        except InvalidValue as error:
            raise self.refused(error) from None
        except UnknownPath as error:
            raise ToolError(f"{self.name} cannot be called: there is no {error}.", ran=False) from None
        try:
            answer = await self._sent(request)
        except (Failed, httpx.HTTPError, httpx.InvalidURL) as error:
            raise ToolError(FAILED.format(name=self.name), ran=_may_have_run(error)) from error
        try:
            judge(self.name, answer, self._request.address.origin)
        except ToolError as error:
            raise ToolError(without(str(error), self._secrets)) from error.__cause__
        return answer

    def _filled(self, values: dict[str, Any], call: CallView) -> Request:
        return self._request.filled(self.known(values, call))

    async def _text(self, result: Answer) -> str:
        return written(result.body, most=FOR_MODEL)

    async def _outcome(self, values: dict[str, Any], call: CallView) -> str:
        return without(await super()._outcome(values, call), self._secrets)

    def _answer(self, result: Answer) -> Mapping[str, Any]:
        return {"body": result.body, "status": result.status}

    async def _sent(self, request: Request) -> Answer:
        """Send a request, and again where the same server redirects it to."""
        async with connections(self._way) as client:
            for _ in range(MOST_REDIRECTS + 1):
                headers = {**OWN_HEADERS, **request.headers}
                sent = httpx.Request(request.method, request.url, headers=headers, content=request.content or None)
                response = await client.send(sent, stream=True, auth=None, follow_redirects=False)
                try:
                    following = _redirected(request, response)
                    if following is None:
                        return await read_answer(response.status_code, response.headers, response.aiter_raw())
                finally:
                    await response.aclose()
                request = following
        raise Failed(f"it redirects more than {MOST_REDIRECTS} times")


def _redirected(request: Request, response: httpx.Response) -> Request | None:
    """Return the request that an answer asks for in place of this one; None if it does not. Raises `Failed`."""
    if response.status_code not in (301, 302, 303, 307, 308) or "location" not in response.headers:
        return None
    before, after = httpx.URL(request.url), httpx.URL(urljoin(request.url, response.headers["location"]))
    same = after.host == before.host and (_place(after) == _place(before) or _is_upgrade(before, after))
    if not same or after.userinfo:
        raise Failed(f"it redirects to {after.scheme}://{after.host}, which the team file does not name")
    if response.status_code in (307, 308) or request.method in ("GET", "HEAD"):
        return Request(request.method, str(after), request.headers, request.content)
    kept = {name: value for name, value in request.headers.items() if name.lower() != "content-type"}
    return Request("GET", str(after), kept)


def _place(url: httpx.URL) -> tuple[str, int | None]:
    return url.scheme, url.port or PORTS.get(url.scheme)


def _is_upgrade(before: httpx.URL, after: httpx.URL) -> bool:
    return (_place(before), _place(after)) == (("http", 80), ("https", 443))


def _may_have_run(error: Exception) -> bool:
    """Return whether the service may have done what it was asked for: not if it was never reached."""
    return not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError | httpx.PoolTimeout)
