#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A server between a client and a registry that does what servers in the wild do wrong.

usage: registry_proxy.py --upstream URL --ready FILE --log FILE [OPTION...] [FAULT...]

It listens on a free port of 127.0.0.1, writes the port to the ready file, and a line of JSON to the log for
each request: method, path, and the headers that tests look at.

A FAULT is PATTERN=WHAT[,WHAT...][@N]: done to requests whose "METHOD PATH" the regular expression
PATTERN finds, the first N times (default: always). The first fault that fits is the one. WHAT is one of
    status:N            answers N with an empty body
    retry-after:VALUE   adds that header to it
    cut:N               breaks the connection after N bytes of the body (0: before the header)
    end:N               ends the body, properly, after N bytes (no Content-Length)
    slow:N              N bytes, then nothing for a minute
    length:N            adds N to Content-Length, and nothing to the body
    grow:N              sends N more bytes than there are, with a length to match
    flip:N              changes the byte at N
    no-range            ignores Range
    bad-range:N         adds N to the first number in Content-Range
    header:NAME:VALUE   sets a header of the answer; an empty value removes it
    redirect:URL        sends the client there, with the path behind it (307)
    endless             a body without an end

Tokens: --bearer REALM asks for a token (REALM "self" is this server's own /token), --user USER:PASSWORD
lets only that one have a token to push (and without --anonymous, any), --token-life SECONDS.
--tls CERT KEY serves https.
"""
import argparse
import base64
import http.client
import http.server
import json
import os
import re
import secrets
import ssl
import threading
import time
import urllib.parse

LOCK = threading.Lock()


class Fault:
    def __init__(self, text):
        match = re.match(r'(?P<pattern>[^=]*)=(?P<what>.*?)(@(?P<times>\d+))?$', text)
        self.pattern = re.compile(match['pattern'])
        self.times = int(match['times']) if match['times'] else None
        self.what = {}
        self.headers = []
        for one in match['what'].split(','):
            name, _, value = one.partition(':')
            if name == 'header':
                self.headers.append(value.partition(':')[::2])
            else:
                self.what[name] = value

    def fits(self, request):
        if not self.pattern.search(request) or self.times == 0:
            return False
        if self.times:
            self.times -= 1
        return True

    def number(self, name):
        return int(self.what[name]) if name in self.what else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *args):
        pass

    def record(self):
        entry = {'method': self.command, 'path': self.path}
        for name in ('Authorization', 'Range', 'Content-Range', 'Accept'):
            if name in self.headers:
                entry[name.lower()] = self.headers[name]
        with LOCK, open(ARGS.log, 'a', encoding='utf-8') as log:
            log.write(json.dumps(entry) + '\n')

    def handle_request(self):
        size = int(self.headers.get('Content-Length') or 0)
        body = self.rfile.read(size) if size else None
        self.record()
        if urllib.parse.urlsplit(self.path).path == '/token':
            self.give_token(body)
            return
        if ARGS.bearer and not self.has_token():
            return
        with LOCK:
            fault = next((f for f in FAULTS if f.fits(self.command + ' ' + self.path)), None)
        self.forward(fault or Fault('='), body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def answer(self, status, headers, body=b''):
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD':
            self.wfile.write(body)

    # ---- tokens

    def has_token(self):
        push = self.command not in ('GET', 'HEAD') or '/uploads/' in self.path
        token = self.headers.get('Authorization', '').partition('Bearer ')[2]
        granted = TOKENS.get(token)
        if granted and granted['expires'] > time.time() and (granted['push'] or not push):
            return True
        repository = re.match(r'/v2/(.*)/(manifests|blobs|tags)/', self.path)
        scope = ',scope="repository:%s:%s"' % (
            repository.group(1), 'pull,push' if push else 'pull') if repository else ''
        realm = SELF + '/token' if ARGS.bearer == 'self' else ARGS.bearer
        self.answer(401, [('WWW-Authenticate', 'Bearer realm="%s",service="test"%s' % (realm, scope))])
        return False

    def give_token(self, body):
        fields = urllib.parse.parse_qs((body or b'').decode())
        basic = self.headers.get('Authorization', '').partition('Basic ')[2]
        known = (base64.b64decode(basic).decode() == ARGS.user if ARGS.user else False) or \
            (ARGS.refresh_token and fields.get('refresh_token') == [ARGS.refresh_token])
        if not known and not (ARGS.anonymous and not basic and not fields):
            self.answer(401, [])
            return
        token = secrets.token_urlsafe(16)
        TOKENS[token] = {'push': known, 'expires': time.time() + ARGS.token_life}
        answer = {'token': token, 'expires_in': ARGS.token_life}
        if 'offline_token=true' in self.path and ARGS.refresh_token:
            answer['refresh_token'] = ARGS.refresh_token
        self.answer(200, [('Content-Type', 'application/json')], json.dumps(answer).encode())

    # ---- what comes from the registry

    def forward(self, fault, body):
        if 'status' in fault.what:
            headers = list(fault.headers)
            if 'retry-after' in fault.what:
                headers.append(('Retry-After', fault.what['retry-after']))
            self.answer(fault.number('status'), headers)
            return
        if 'redirect' in fault.what:
            self.answer(307, [('Location', fault.what['redirect'] + self.path)])
            return
        if fault.number('cut') == 0:
            self.close_connection = True
            return
        host = urllib.parse.urlsplit(ARGS.upstream).netloc
        upstream = http.client.HTTPConnection(host)
        headers = {n: v for n, v in self.headers.items()
                   if n.lower() not in ('connection', 'authorization')}
        if 'no-range' in fault.what:
            headers.pop('Range', None)
        upstream.request(self.command, self.path, body, headers)
        self.relay(fault, upstream.getresponse())
        upstream.close()

    def relay(self, fault, response):
        skipped = ('connection', 'transfer-encoding', 'content-length', 'date')
        headers = [(n, v) for n, v in response.getheaders() if n.lower() not in skipped]
        for name, value in fault.headers:
            headers = [(n, v) for n, v in headers if n.lower() != name.lower()]
            if value:
                headers.append((name, value))
        for i, (name, value) in enumerate(headers):
            if name == 'Content-Range' and 'bad-range' in fault.what:
                first = int(re.search(r'\d+', value).group()) + fault.number('bad-range')
                headers[i] = (name, re.sub(r'\d+', str(first), value, count=1))
        length = int(response.getheader('Content-Length') or 0)
        length += (fault.number('length') or 0) + (fault.number('grow') or 0)
        self.send_response_only(response.status)
        for name, value in headers:
            self.send_header(name, value)
        if 'end' in fault.what or 'endless' in fault.what:
            self.send_header('Connection', 'close')
            self.close_connection = True
        else:
            self.send_header('Content-Length', str(length))
        self.end_headers()
        if self.command != 'HEAD':
            self.relay_body(fault, response)

    def relay_body(self, fault, response):
        stop = next((fault.number(n) for n in ('cut', 'end', 'slow') if n in fault.what), None)
        flip, at = fault.number('flip'), 0
        while True:
            block = response.read(65536)
            if not block:
                break
            if flip is not None and at <= flip < at + len(block):
                block = bytearray(block)
                block[flip - at] ^= 1
            if stop is not None and at + len(block) >= stop:
                self.wfile.write(block[:stop - at])
                self.wfile.flush()
                if 'slow' in fault.what:
                    time.sleep(60)
                self.close_connection = True
                return
            self.wfile.write(block)
            at += len(block)
        self.wfile.write(b'x' * (fault.number('grow') or 0))
        while 'endless' in fault.what:
            self.wfile.write(b' ' * 65536)
        if fault.number('length'):
            self.close_connection = True

    def handle(self):
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('--upstream', required=True)
    parser.add_argument('--ready', required=True)
    parser.add_argument('--log', required=True)
    parser.add_argument('--bearer')
    parser.add_argument('--user')
    parser.add_argument('--anonymous', action='store_true')
    parser.add_argument('--refresh-token')
    parser.add_argument('--token-life', type=int, default=300)
    parser.add_argument('--tls', nargs=2)
    parser.add_argument('fault', nargs='*')
    return parser.parse_intermixed_args()


ARGS = parse_arguments()
FAULTS = [Fault(f) for f in ARGS.fault]
TOKENS = {}
SERVER = Server(('127.0.0.1', 0), Handler)
PORT = SERVER.server_address[1]
SELF = '%s://127.0.0.1:%d' % ('https' if ARGS.tls else 'http', PORT)
if ARGS.tls:
    CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CONTEXT.load_cert_chain(*ARGS.tls)
    SERVER.socket = CONTEXT.wrap_socket(SERVER.socket, server_side=True)
with open(ARGS.ready + '.new', 'w', encoding='utf-8') as ready:
    ready.write('%d\n' % PORT)
os.rename(ARGS.ready + '.new', ARGS.ready)
SERVER.serve_forever()
