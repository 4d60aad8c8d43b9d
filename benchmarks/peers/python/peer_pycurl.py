"""pycurl's multi interface, with epoll and easy handles that are used again."""

import io
import select

import load
import pycurl


class Client:
    def __init__(self, opts):
        self.meter = load.Meter(opts)
        self.multi = pycurl.CurlMulti()
        self.multi.setopt(pycurl.M_SOCKETFUNCTION, self.on_socket)
        self.multi.setopt(pycurl.M_TIMERFUNCTION, self.on_timer)
        self.multi.setopt(pycurl.M_MAXCONNECTS, opts.connections)
        self.epoll = select.epoll()
        self.known = set()
        self.timeout = -1
        self.easies = [self.make_easy(opts) for _ in range(opts.connections)]

    def make_easy(self, opts):
        easy = pycurl.Curl()
        easy.setopt(pycurl.URL, opts.full_url)
        easy.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in load.HEADERS.items()])
        easy.setopt(pycurl.NOSIGNAL, 1)
        easy.setopt(pycurl.PROXY, "")
        if opts.ca_file:
            easy.setopt(pycurl.CAINFO, opts.ca_file)
        return easy

    def on_timer(self, milliseconds):
        self.timeout = milliseconds

    def on_socket(self, what, socket, multi, data):
        if what == pycurl.POLL_REMOVE:
            self.known.discard(socket)
            self.epoll.unregister(socket)
            return
        events = (select.EPOLLIN if what & pycurl.POLL_IN else 0) | (
            select.EPOLLOUT if what & pycurl.POLL_OUT else 0
        )
        if socket in self.known:
            self.epoll.modify(socket, events)
        else:
            self.known.add(socket)
            self.epoll.register(socket, events)

    def start(self, easy):
        if not self.meter.may_start():
            return
        easy.started = self.meter.now
        easy.answer = io.BytesIO()
        easy.setopt(pycurl.POSTFIELDS, load.body())
        easy.setopt(pycurl.WRITEDATA, easy.answer)
        self.multi.add_handle(easy)

    def step(self):
        ready = self.epoll.poll(self.timeout / 1000 if self.timeout >= 0 else None)
        if not ready or self.timeout == 0:
            self.timeout = -1
            self.multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        for socket, events in ready:
            what = (pycurl.CSELECT_IN if events & select.EPOLLIN else 0) | (
                pycurl.CSELECT_OUT if events & select.EPOLLOUT else 0
            )
            if events & (select.EPOLLERR | select.EPOLLHUP):
                what |= pycurl.CSELECT_ERR
            self.multi.socket_action(socket, what)
        queued = 1
        while queued:
            queued, good, bad = self.multi.info_read()
            for easy in good:
                right = (
                    easy.getinfo(pycurl.RESPONSE_CODE) == 200
                    and load.is_right(easy.answer.getvalue())
                )
                self.next_call(easy, right, "not the answer expected")
            for easy, _, message in bad:
                self.next_call(easy, False, message)

    def next_call(self, easy, right, why):
        self.multi.remove_handle(easy)
        self.meter.finished(easy.started, right, why)
        self.start(easy)

    def run(self):
        self.meter.begin()
        for easy in self.easies:
            self.start(easy)
        while self.meter.in_flight:
            self.step()
        self.meter.print_line()


if __name__ == "__main__":
    Client(load.options()).run()
