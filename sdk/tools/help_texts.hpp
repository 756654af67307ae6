#pragma once

namespace multiconnection::tools {

inline constexpr char kMainHelp[] = R"(
multiconn COMMAND --help tells more of each command.

Try it on one machine, in three terminals:
  multiconn serve --listen 127.0.0.1:1935
  multiconn publish testsrc --to rtmp://127.0.0.1/live/demo
  multiconn play rtmp://127.0.0.1/live/demo -o demo.flv --duration 5

Exit codes:
  0  done, also when ended by --duration or Ctrl-C after the servers were connected
  1  input unusable, servers not connected or lost so that the policy is not met, nothing to play
  2  wrong option, URL, name or policy: nothing was opened)";

inline constexpr char kPublishHelp[] = R"(
Input:
  A file is copied, never re-encoded: FLV, or (in builds with FFmpeg) any file with H.264, AAC or
  MP3. "-" reads FLV from standard input; "testsrc" is a moving picture and a tone, endless.
  (A file of that name is ./testsrc.)

Servers:
  Without --name the last part of each URL's path is the stream name there: it may differ for each
  server. With --name the whole path is the application. It is printed as *** like every query.
  A server lost in the middle never disturbs the others: publishing goes on until the end of the
  input, or until none is left that is tried again. --backup names servers that stand in for one
  of --to.

What is printed:
  On a terminal a live table, one row per server; otherwise one line per event; with --json one
  object per line: setup, publish, server, aggregate, stats (every second), summary (the last).
  Ctrl-C unpublishes in order; a second Ctrl-C ends at once.

Examples:
  multiconn publish talk.mp4 --to rtmp://a.example/live/talk --to rtmp://b.example/app/key-of-b
  multiconn publish talk.flv --name talk --to rtmp://a.example/live --to rtmp://b.example/live \
      --policy quorum:1 --loop
  ffmpeg -i camera.sdp -c copy -f flv - | multiconn publish - --to rtmp://a.example/live/camera
  multiconn publish testsrc --duration 10 --json --to rtmp://127.0.0.1/live/demo

Exit codes:
  0  done, also when ended by --duration or by Ctrl-C after NetConnection.Setup.Success
  1  input unusable, Setup.Failed, Publish.Failed, or policy not met at the end
  2  wrong option, URL, name or policy: nothing was opened)";

inline constexpr char kPlayHelp[] = R"(
The last part of the URL's path is the stream name. Message bodies and timestamps are written as
they were received. It ends when the stream ends, at --duration, or at Ctrl-C.

Examples:
  multiconn play rtmp://127.0.0.1/live/demo -o demo.flv --duration 10
  multiconn play rtmp://127.0.0.1/live/demo -o - | ffplay -

Exit codes:
  0  audio or video was received, and written
  1  nothing could be played, or the file could not be written
  2  wrong option or URL: nothing was opened)";

inline constexpr char kCheckHelp[] = R"(
Connects to every server at once, tells how that went and which codecs beyond H.264, AAC and MP3 each
says it takes, and closes. Nothing is published, unless --publish asks for it: then the stream is
published without a single frame and unpublished at once, which is the only way to learn whether a
name or key is accepted. Others may see that.

Examples:
  multiconn check rtmp://a.example/live/talk rtmp://b.example/app/key-of-b
  multiconn check --publish --json --name talk rtmp://a.example/live

Exit codes:
  0  every server connected and, with --publish, accepted the stream
  1  at least one did not
  2  wrong option, URL or name: nothing was opened)";

inline constexpr char kCallHelp[] = R"(
Connects to every server at once, calls the method on those that connected, prints each answer, and
closes. The whole path of each URL is the application: a call is about no stream.

Arguments are JSON: 7, true, null, '"text"', '[1,2]', '{"seat":7}'. What JSON lacks stands in an
object of its own: {"$date":MS}, {"$xml":"text"}, {"$bytes":"00ff"}. Answers are printed likewise.

Many servers do not answer a method that they do not know: that is told at the --deadline.

Examples:
  multiconn call getUserCount --to rtmp://a.example/chat --to rtmp://b.example/chat
  multiconn call setSeat '"Foo"' '{"seat":7}' --to rtmp://a.example/chat --json
  multiconn call kick 12 --to rtmp://a.example/chat --to rtmp://b.example/chat --server b.example

Exit codes:
  0  every server called returned a result, or as many as --policy asks for
  1  one did not: the lines tell which and why; or Ctrl-C
  2  wrong option, URL, method or JSON: nothing was opened)";

inline constexpr char kShareHelp[] = R"(
Uses the object on every server at once, writes, reads and sends what is asked for, tells how each
server took it, and closes. The whole path of each URL is the application.

What is written goes to every server in one message; --delete SLOT is --set SLOT=null. Values are
JSON as for multiconn call; the first '=' ends the slot's name, which may hold dots. --get tells the
value, of each server where they differ. --send comes behind NAME, with everything up to the next
option. With --watch servers that are lost are tried again.

Examples:
  multiconn share info_so --to rtmp://a.example/chat --to rtmp://b.example/chat \
      --set 'userName="Foo"' --set seat=7 --delete old
  multiconn share info_so --to rtmp://a.example/chat --get userName --json
  multiconn share info_so --to rtmp://a.example/chat --send say '"hi"' 7
  multiconn share info_so --to rtmp://a.example/chat --to rtmp://b.example/chat --watch --on say \
      --mode mirror

Exit codes:
  0  every server acknowledged the object, the writes and the message
  1  one did not: the lines tell which and why; or Ctrl-C before
  2  wrong option, URL, name or JSON: nothing was opened)";

inline constexpr char kServeHelp[] = R"(
A small RTMP server for development, tests and demonstrations: every application and stream name is
taken, streams are relayed live to players, shared objects are shared. With --root streams that are
published as recordings are kept as DIR/APP/NAME.flv, and played from there; persistent shared objects
are kept as DIR/APP/NAME.mcso. It listens on this machine only, unless --listen
says otherwise; there is no authentication. Ctrl-C ends it.

With --fault it misbehaves on purpose, for trying out clients. SPEC is MOMENT:KIND[=VALUE][,OPTION...]
  moments  accept, handshake, connect, createStream, publish, media, play, use, change
  kinds    refuse[=CODE], reset, close, silent, stall[=MS], delay=MS, drip=BYTES_PER_S, garbage,
           ghost=MS, noacks, redirect=URL, ignore
  options  times=N (only so often), every=N, chance=P, seed=N, name=NAME (of publish, media, play, use,
           change),
           messages=N, bytes=N, ms=N (of media: when all are reached)

Examples:
  multiconn serve
  multiconn serve --listen '[::1]:0' --json
  multiconn serve --root recordings
  multiconn serve --fault connect:refuse,times=2 --fault media:stall=5000,ms=10000

Exit codes:
  0  ended by Ctrl-C or SIGTERM
  1  the address could not be listened on, or the folder not opened
  2  wrong option or address: nothing was opened)";

inline constexpr char kLinkHelp[] = R"(
Takes TCP connections and passes them on to a server, with the rate, the delay and the faults that it
is told: for trying out what a client does when the way to its server is bad.

CONDITIONS are separated by commas: rate=BITS_PER_S (500k, 2M; 0: no limit), delay=MS, jitter=MS,
buffer=BYTES (what may wait before the bottleneck), corruption=SHARE (of bytes, 0 to 1).

The script has one line for each change, in any order; # begins a comment:
  at TIME ACTION      once, TIME (5s, 1.5s, 200ms) after the start
  every TIME ACTION   again and again
  ACTION is  up CONDITIONS, down CONDITIONS, both CONDITIONS: what is not named stays;
             stall, resume: nothing moves, and moves again;
             reset: all connections end with resets; vanish: they end without a word to the server;
             refuse, listen: connections are refused, and taken again

Examples:
  multiconn link --listen 127.0.0.1:1936 --to 127.0.0.1:1935 --up rate=2M,delay=100,jitter=30
  multiconn link --to a.example:1935 --script bad-evening.txt --json

Exit codes:
  0  ended by Ctrl-C, SIGTERM or --duration
  1  the address could not be listened on, or the script not read
  2  wrong option, condition or script: nothing was opened)";

}  // namespace multiconnection::tools
