"""Strands Agents as a chat backend: `python strands_stream.py PLAN` prints the port on which each POST is
answered by an agent's text as it comes. PLAN: {"baseUrl"} of an OpenAI-compatible model.
"""

import json
import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route
from strands import Agent
from strands.models.openai import OpenAIModel

BASE_URL = json.loads(sys.argv[1])["baseUrl"]


async def text_of(prompt):
    model = OpenAIModel(client_args={"base_url": BASE_URL, "api_key": "none"}, model_id="clock")
    agent = Agent(model=model, callback_handler=None)
    async for event in agent.stream_async(prompt):
        if "data" in event:
            yield event["data"]


async def chat(request):
    body = await request.json()
    prompt = body["messages"][0]["content"][0]["text"]
    return StreamingResponse(text_of(prompt), media_type="text/plain")


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    app = Starlette(routes=[Route("/{rest:path}", chat, methods=["POST"])])
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


main()
