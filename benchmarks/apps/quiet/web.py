"""The same answer from FastAPI."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/quiet")
async def quiet() -> dict:
    return {"status": "ok"}
