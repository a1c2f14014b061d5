"""Payments; and how their owners break them on purpose, for those who have the token."""

import asyncio
import os
import secrets
from typing import Annotated, Literal

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_fastapi_instrumentator import Instrumentator
from pydantic import BaseModel

SLOW_S = 0.8


class Charge(BaseModel):
    order: int


class Failure(BaseModel):
    mode: Literal["errors", "slow"] = "errors"


def create_app(admin_token: str) -> FastAPI:
    app = FastAPI(title="pay")
    failing: list[Failure] = []
    bearer = HTTPBearer(auto_error=False)

    def is_admin(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        if given is None or not secrets.compare_digest(given.credentials, admin_token):
            raise HTTPException(401)

    @app.post("/charge")
    async def charge(charge: Charge) -> dict[str, int | bool]:
        match failing:
            case [Failure(mode="errors")]:
                raise HTTPException(500)
            case [Failure(mode="slow")]:
                await asyncio.sleep(SLOW_S)
        return {"order": charge.order, "paid": True}

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.post("/admin/fail", dependencies=[Depends(is_admin)], status_code=202)
    async def fail(failure: Failure) -> Failure:
        failing[:] = [failure]
        return failure

    @app.post("/admin/heal", dependencies=[Depends(is_admin)], status_code=204)
    async def heal() -> None:
        failing.clear()

    @app.get("/admin/state", dependencies=[Depends(is_admin)])
    async def state() -> Response:
        """200 while it fails, 204 while it does not."""
        return Response(failing[0].mode, 200) if failing else Response(status_code=204)

    Instrumentator(excluded_handlers=["/metrics", "/healthz", "/admin/.*"]).instrument(app).expose(app)
    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(os.environ["ADMIN_TOKEN"]),
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        log_level="warning",
    )
