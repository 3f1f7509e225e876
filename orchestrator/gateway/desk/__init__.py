"""Where persons work: sockets that see the calls, speak in them, and decide for them.

board.py      what goes on in all calls, and who is told of it
events.py     what a worker may send, and which right it takes
worker.py     one worker: their rights, the call that they have, what they watch
line.py       the audio of a worker by WebRTC
socket.py     the WebSocket of a worker (`?desk=ROLE`)
"""
