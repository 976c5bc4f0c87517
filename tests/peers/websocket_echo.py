"""A WebSocket server on the `websockets` package: what tests of conversations talk to."""
import asyncio
import http
import json
import sys

from websockets.asyncio.server import serve


async def talk(socket):
    path = socket.request.path.split("?")[0]
    if path.endswith("/close"):
        await socket.close(4001, "bye")
        return
    if path.endswith("/greet"):
        await socket.send(json.dumps({"hello": "you", "id": 7}))
    if path.endswith("/silent"):
        async for _ in socket:
            pass
        return
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send(message[::-1])
            continue
        try:
            data = json.loads(message)
        except ValueError:
            data = None
        action = data.get("action") if isinstance(data, dict) else None
        if action == "sum":
            for value in range(3):
                await socket.send(json.dumps({"noise": value}))
            await socket.send(json.dumps({"sum": sum(data["values"])}))
        elif action == "die":
            socket.transport.abort()
        elif action == "ping":
            await (await socket.ping(b"are you there"))
            await socket.send("ponged")
        elif action == "who":
            headers = socket.request.headers
            await socket.send(json.dumps({"path": socket.request.path, "cookie": headers.get("cookie"), "auth": headers.get("authorization"), "protocol": socket.subprotocol}))
        else:
            await socket.send(message)


def admit(connection, request):
    if request.path.split("?")[0].endswith("/forbidden"):
        return connection.respond(http.HTTPStatus.FORBIDDEN, '{"message":"Forbidden"}')
    return None


def choose(connection, offered):
    return next((protocol for protocol in offered if protocol in ("chat.v1", "chat.v2")), None)


async def main():
    async with serve(talk, "127.0.0.1", int(sys.argv[1]), process_request=admit, select_subprotocol=choose, max_size=131072) as server:
        await server.serve_forever()


asyncio.run(main())
